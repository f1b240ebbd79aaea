import Commands
import Foundation
import Synchronization

/// A console that keeps what is written to it.
final class Recorder: Sendable {
    private let written = Mutex<(out: String, error: String)>(("", ""))
    /// All ages are counted from here.
    static let now = Date(timeIntervalSince1970: 1_760_000_000)

    var out: String { written.withLock { $0.out } }
    var error: String { written.withLock { $0.error } }

    func console(isTerminal: Bool = false, width: Int? = nil, hasColour: Bool = false) -> Console {
        Console(
            out: { text in self.written.withLock { $0.out += text } },
            error: { text in self.written.withLock { $0.error += text } },
            isTerminal: isTerminal,
            width: width,
            hasColour: hasColour,
            now: { Self.now }
        )
    }
}

/// What a hostile node, repository or controller could send.
enum Hostile {
    static let text = "a\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J\u{202e}b\rc\nd\te\u{7f}f\u{85}g\u{2028}h\u{0}"

    /// Whether a text would do something to a terminal, line ends aside.
    static func reaches(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            scalar != "\n"
                && [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
    }
}
