/// One event of a stream (WHATWG HTML, section 9.2 "Server-sent events").
struct ServerSentEvent: Sendable, Equatable {
    /// `message` where the stream names none.
    var name: String
    /// The newest id that the stream has given so far.
    var id: String?
    /// Lines joined by line feeds.
    var data: String
}

/// Reads a `text/event-stream` in pieces of any size: lines end with LF, CR or CRLF, and an empty one ends an event.
struct ServerSentEventParser {
    struct TooLong: Error, CustomStringConvertible {
        let limit: Int
        var description: String { "an event of the stream is longer than \(limit) bytes" }
    }

    private let limit: Int
    private var line: [UInt8] = []
    private var name = ""
    private var data: [UInt8]?
    private var id: String?
    private var afterCarriageReturn = false
    private var first = true

    /// - Parameter limit: Bytes that one event may have.
    init(limit: Int = 16 << 20) { self.limit = limit }

    /// Takes the next bytes and returns the events that they complete; one that is not complete at the end is none.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let ended = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            if ended {
                // The line feed of a CRLF ends nothing: its line ended with the carriage return.
                if byte == UInt8(ascii: "\r") || !afterCarriageReturn {
                    if let event = endLine() { events.append(event) }
                }
            } else {
                guard line.count + (data?.count ?? 0) < limit else { throw TooLong(limit: limit) }
                line.append(byte)
            }
            afterCarriageReturn = byte == UInt8(ascii: "\r")
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if first {
            first = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return endEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        let field = String(decoding: line[..<(colon ?? line.endIndex)], as: UTF8.self)
        var value = colon.map { line[line.index(after: $0)...] } ?? []
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch field {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data": data = data.map { $0 + [UInt8(ascii: "\n")] + value } ?? Array(value)
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        default: break  // A comment, `retry`, or what a later version adds.
        }
        return nil
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            name = ""
            data = nil
        }
        guard let data else { return nil }
        return ServerSentEvent(
            name: name.isEmpty ? "message" : name,
            id: id,
            data: String(decoding: data, as: UTF8.self)
        )
    }
}
