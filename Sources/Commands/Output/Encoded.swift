import Core
import Foundation

/// The forms of output that programs read. Field names are those of the API, and stay.
enum Encoded {
    static func value(_ value: some Encodable) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    }

    /// Keys in order, two spaces a level.
    static func json(_ value: some Encodable) throws -> String { try json(value, [.prettyPrinted]) }

    /// On one line, for streams.
    static func jsonLine(_ value: some Encodable) throws -> String { try json(value, []) }

    private static func json(_ value: some Encodable, _ form: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = form.union([.sortedKeys, .withoutEscapingSlashes])
        return escapingUnsafe(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// JSON needs no escapes for control characters above the first 32, and a terminal does. Such characters stand in
    /// strings only, where an escape means the same.
    private static func escapingUnsafe(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: { $0 != "\n" && SafeText.isUnsafe($0) }) else { return json }
        var safe = ""
        for scalar in json.unicodeScalars {
            guard scalar != "\n", SafeText.isUnsafe(scalar) else {
                safe.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return safe
    }

    // MARK: - YAML

    /// Block style, keys in order. Whatever isn't a plain word is quoted as in JSON, which YAML reads alike.
    static func yaml(_ value: some Encodable) throws -> String {
        try yaml(try self.value(value), indentation: 0).joined(separator: "\n")
    }

    private static func yaml(_ value: JSONValue, indentation: Int) throws -> [String] {
        let space = String(repeating: " ", count: indentation)
        switch value {
        case .object(let members) where !members.isEmpty:
            return try members.sorted { $0.key < $1.key }.flatMap { key, member -> [String] in
                let name = space + (try scalar(.string(key))) + ":"
                switch member {
                case .object(let inner) where !inner.isEmpty:
                    return [name] + (try yaml(member, indentation: indentation + 2))
                case .array(let inner) where !inner.isEmpty:
                    return [name] + (try yaml(member, indentation: indentation))
                default: return [name + " " + (try scalar(member))]
                }
            }
        case .array(let elements) where !elements.isEmpty:
            return try elements.flatMap { element -> [String] in
                var lines = try yaml(element, indentation: indentation + 2)
                lines[0] = space + "- " + lines[0].dropFirst(indentation + 2)
                return lines
            }
        default: return [space + (try scalar(value))]
        }
    }

    private static let reserved: Set = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    ]

    private static func scalar(_ value: JSONValue) throws -> String {
        guard case .string(let text) = value else { return try jsonLine(value) }
        let isPlain =
            text.utf8.first.map { $0 == UInt8(ascii: "_") || isLetter($0) } == true
            && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "_-./".utf8.contains($0) }
            && !reserved.contains(text.lowercased())
        return isPlain ? text : try jsonLine(text)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
