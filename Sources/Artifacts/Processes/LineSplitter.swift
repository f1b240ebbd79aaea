/// Cuts a stream of bytes into lines for a log: valid text, no control characters but tabs, none longer than `limit`.
package struct LineSplitter: Sendable {
    /// Bytes of a line that are kept.
    package var limit: Int
    private var pending: [UInt8] = []
    private var dropped = 0

    package init(limit: Int = 8192) { self.limit = limit }

    package mutating func append(_ bytes: some Sequence<UInt8>, _ line: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                line(take())
            } else if pending.count < limit {
                pending.append(byte)
            } else {
                dropped += 1
            }
        }
    }

    /// Gives the last line, where it has no end.
    package mutating func finish(_ line: (String) -> Void) {
        if !pending.isEmpty { line(take()) }
    }

    private mutating func take() -> String {
        defer {
            pending.removeAll(keepingCapacity: true)
            dropped = 0
        }
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        var text = String(decoding: pending, as: UTF8.self)
        text.unicodeScalars.removeAll { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f }
        return dropped == 0 ? text : text + "… (\(dropped) more bytes)"
    }
}
