import Hummingbird
import ServiceLifecycle

/// One server-sent event (WHATWG HTML, section 9.2).
struct ServerSentEvent: Sendable {
    var event: String
    var id: String?
    /// On one line, as JSON without line breaks is.
    var data: String

    init(_ event: String, id: String? = nil, _ value: some Encodable) throws {
        self.event = event
        self.id = id
        data = String(decoding: try JSONAnswer.encode(value), as: UTF8.self)
    }

    var text: String { "event: \(event)\n" + (id.map { "id: \($0)\n" } ?? "") + "data: \(data)\n\n" }
}

/// What a stream has to say at a wake-up.
struct EventBatch: Sendable {
    var events: [ServerSentEvent] = []
    /// There is more right away: the batch was cut to keep memory small.
    var more = false
    /// Nothing follows.
    var ends = false
}

/// Answers that stay open. Each holds a cursor and asks for what came after it whenever its topic changes, so that nothing
/// queues up behind a slow reader.
enum EventStream {
    static func response<Cursor: Sendable>(
        _ signals: Signals,
        on topic: Topic,
        from cursor: Cursor,
        _ next: @escaping @Sendable (inout Cursor) throws -> EventBatch
    ) -> Response {
        let body = ResponseBody { writer in
            var cursor = cursor
            var opened = false
            wakes: for await wake in signals.wakes(on: topic).cancelOnGracefulShutdown() {
                guard wake == .changed else {
                    // Keeps the reader's and every proxy's time-out away.
                    try await writer.write(ByteBuffer(string: ": still here\n\n"))
                    continue
                }
                while true {
                    let batch = try next(&cursor)
                    if !batch.events.isEmpty {
                        opened = true
                        try await writer.write(ByteBuffer(string: batch.events.map(\.text).joined()))
                    }
                    if batch.ends { break wakes }
                    if !batch.more { break }
                }
                // The head goes out with the first bytes: a reader must not wait for it until something happens.
                if !opened { try await writer.write(ByteBuffer(string: ": open\n\n")) }
                opened = true
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: body
        )
    }
}
