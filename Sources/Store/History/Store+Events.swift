package import Core
import GRDB

/// An event with its place among all events; ids rise and are never used again.
package struct StoredEvent: Sendable, Equatable {
    package var id: Int64
    package var event: EventRecord
}

extension Store {
    /// Events that no change of a state left.
    package func append(_ events: [EventRecord]) throws(StoreError) {
        try write { db in
            for event in events { try insert(event, in: db) }
        }
    }

    /// Up to `limit` events with a higher id than `after`, oldest first, of one task or of all.
    package func events(_ task: String? = nil, after: Int64 = 0, limit: Int) throws(StoreError) -> [StoredEvent] {
        try fetch("id > ? AND (? IS NULL OR task = ?) ORDER BY id LIMIT ?", [after, task, task, limit])
    }

    /// The newest `limit` events, newest first, of one task or of all, and of one kind or of both.
    package func newestEvents(
        _ task: String? = nil,
        kind: EventRecord.Kind? = nil,
        limit: Int
    ) throws(StoreError) -> [StoredEvent] {
        try fetch(
            "(? IS NULL OR task = ?) AND (? IS NULL OR kind = ?) ORDER BY id DESC LIMIT ?",
            [task, task, kind?.rawValue, kind?.rawValue, limit]
        )
    }

    private func fetch(_ rest: String, _ arguments: StatementArguments) throws(StoreError) -> [StoredEvent] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM events WHERE \(rest)", arguments: arguments).map { row in
                StoredEvent(
                    id: row["id"],
                    event: EventRecord(
                        task: row["task"],
                        node: row["node"],
                        at: row.instant("at"),
                        kind: try row.word(EventRecord.Kind.self, "kind"),
                        message: row["message"]
                    )
                )
            }
        }
    }
}
