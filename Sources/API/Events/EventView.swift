package import Core

/// One event of a task, numbered through all tasks.
///
/// `GET /v1/events` and `GET /v1/tasks/{task}/events` answer with a `Listing` of the newest `?limit=` (default 100, at
/// most 1000) events after `?after=`, oldest first. With `?follow=true` the answer is a stream of server-sent events
/// (`event: event`, `id:` the number) that starts after `?after=`, or after the header `Last-Event-ID`, and doesn't end.
package struct EventView: Codable, Sendable, Equatable {
    package var id: Int
    package var task: String
    package var node: String?
    package var at: Instant
    package var kind: EventRecord.Kind
    package var message: String

    package init(id: Int, _ record: EventRecord) {
        self.id = id
        task = record.task
        node = record.node
        at = record.at
        kind = record.kind
        message = record.message
    }
}
