import API
import Hummingbird
import Store

/// Events of one task or of all, as a list or followed.
enum EventRoutes {
    static func answer(_ controller: Services, _ request: Request, task: String?) throws -> Response {
        let query = QueryReader(request: request)
        let store = controller.site.store
        let after = try query.int("after", in: 0...Int.max) ?? query.lastEventID()
        let limit = try query.int("limit", in: 1...1000) ?? 100
        guard try query.flag("follow") else {
            let events =
                try after.map { try store.events(task, after: Int64($0), limit: limit) }
                ?? store.newestEvents(task, limit: limit).reversed()
            return try JSONAnswer.response(Listing(events.map { EventView(id: Int($0.id), $0.event) }))
        }
        // Without a place to begin at, what is new from now on.
        let start = try after ?? Int(store.newestEvents(limit: 1).first?.id ?? 0)
        return EventStream.response(controller.site.signals, on: .events, from: Int64(start)) { cursor in
            if let task, !controller.tasks.has(task) { return EventBatch(ends: true) }
            let events = try store.events(task, after: cursor, limit: 200)
            cursor = events.last?.id ?? cursor
            return EventBatch(
                events: try events.map {
                    try ServerSentEvent("event", id: String($0.id), EventView(id: Int($0.id), $0.event))
                },
                more: events.count == 200
            )
        }
    }
}

extension QueryReader {
    /// Where a reader that lost its stream wants to go on.
    func lastEventID() -> Int? { request.headers[.lastEventID].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
}
