/// Cuts a stream of bytes into lines and marks, with a bound on what it keeps.
///
/// A mark starts with `\x1e`, also in the midst of a line, and ends with a newline. A carriage return that no newline
/// follows starts its line anew, as on a terminal, so that of a progress bar only the last state becomes a line.
struct LineSplitter {
    enum Piece: Equatable {
        case line(String)
        /// What follows the `\x1e`.
        case mark(String)
    }

    /// Bytes of a line that are kept.
    static let limit = 16 << 10

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let recordSeparator: UInt8 = 0x1e

    private var kept: [UInt8] = []
    private var length = 0
    private var isMark = false
    private var sawReturn = false

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ body: (Piece) -> Void) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let run = rest.prefix {
                $0 != Self.newline && $0 != Self.recordSeparator && $0 != Self.carriageReturn
            }
            if !run.isEmpty {
                if sawReturn { restart() }
                length += run.count
                kept.append(contentsOf: run.prefix(Self.limit - kept.count))
            }
            rest = rest[run.endIndex...]
            guard let special = rest.popFirst() else { return }
            switch special {
            case Self.newline: flush(body, evenEmpty: true)
            case Self.carriageReturn: sawReturn = true
            default:
                flush(body, evenEmpty: false)
                isMark = true
            }
        }
    }

    /// What is left at the end of the stream.
    mutating func finish(_ body: (Piece) -> Void) {
        flush(body, evenEmpty: false)
    }

    private mutating func restart() {
        kept.removeAll(keepingCapacity: true)
        length = 0
        sawReturn = false
    }

    private mutating func flush(_ body: (Piece) -> Void, evenEmpty: Bool) {
        defer {
            restart()
            isMark = false
        }
        let text = String(decoding: kept, as: UTF8.self)
        if isMark {
            body(.mark(text))
        } else if length > kept.count {
            body(.line("\(text)… (cut, the line has \(length) bytes)"))
        } else if length > 0 || evenEmpty {
            body(.line(text))
        }
    }
}
