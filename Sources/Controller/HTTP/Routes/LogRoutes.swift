import API
import Core
import Hummingbird
import Store

/// Lines of a task's nodes, as a list or followed.
enum LogRoutes {
    static func answer(_ controller: Services, _ request: Request, task: String) throws -> Response {
        let query = QueryReader(request: request)
        let store = controller.site.store
        let lines = LogQuery(
            task: task,
            node: query.text("node"),
            stage: query.text("stage"),
            epoch: try query.int("epoch", in: 0...Int.max)
        )
        let after = try query.int("after", in: 0...Int.max) ?? query.lastEventID()
        let limit = try query.int("limit", in: 1...10_000) ?? 1000
        guard try query.flag("follow") else {
            let found =
                try after.map { try store.logs(lines, after: Int64($0), limit: limit) }
                ?? store.newestLogs(lines, limit: limit)
            return try JSONAnswer.response(Listing(found.map(view)))
        }
        let start = try after.map { Int64($0) } ?? beginning(of: lines, limit: limit, store)
        return EventStream.response(controller.site.signals, on: .logs(task: task), from: start) { cursor in
            guard controller.tasks.has(task) else { return EventBatch(ends: true) }
            let found = try store.logs(lines, after: cursor, limit: 500)
            cursor = found.last?.id ?? cursor
            return EventBatch(
                events: try found.map { try ServerSentEvent("line", id: String($0.id), view($0)) },
                more: found.count == 500
            )
        }
    }

    /// Just before the newest `limit` lines.
    private static func beginning(of lines: LogQuery, limit: Int, _ store: Store) throws -> Int64 {
        (try store.newestLogs(lines, limit: limit).first?.id ?? 1) - 1
    }

    private static func view(_ stored: StoredLogLine) -> LogView {
        LogView(
            id: Int(stored.id),
            at: stored.line.at,
            node: stored.line.node,
            stage: stored.line.stage,
            epoch: stored.line.epoch,
            text: stored.line.text
        )
    }
}
