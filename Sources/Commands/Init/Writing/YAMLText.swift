import Core
import Foundation

/// Values as the text of a flow, on one line.
enum YAMLText {
    /// Plain where YAML 1.2 and this program's reader take it as the text that it is, else in quotes.
    static func text(_ value: String) -> String {
        let isPlain =
            value.utf8.first.map { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "_") || isLetter($0) } == true
            && value.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "_-./:$".utf8.contains($0) }
            && !value.hasSuffix(":")
            && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(value.lowercased())
        return isPlain ? value : json(.string(value))
    }

    static func value(_ value: JSONValue) -> String {
        if case .string(let text) = value { return self.text(text) }
        return json(value)
    }

    /// In single quotes, within which nothing but they themselves means anything.
    static func quoted(_ value: String) -> String { "'\(value.replacing("'", with: "''"))'" }

    private static func json(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// A text for behind `#`: one line, without anything that a terminal would obey.
    static func comment(_ text: String) -> String { SafeText.line(text) }
}
