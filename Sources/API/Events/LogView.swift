package import Core

/// One line of a node's logs, numbered through all logs in the order in which they arrived.
///
/// `GET /v1/tasks/{task}/logs` takes `node`, `stage`, `epoch`, `after`, `limit` (default 1000, at most 10000) and
/// `follow` in its query, and answers as `EventView` says, with `event: line` in the stream. Without `after`, a list
/// holds the newest lines, and a stream begins with them.
package struct LogView: Codable, Sendable, Equatable {
    package var id: Int
    package var at: Instant
    package var node: String
    /// `data`, `model`, `train`, `evaluate`, `check`, `prepare` or `manager`.
    package var stage: String
    package var epoch: Int?
    package var text: String

    package init(id: Int, at: Instant, node: String, stage: String, epoch: Int? = nil, text: String) {
        self.id = id
        self.at = at
        self.node = node
        self.stage = stage
        self.epoch = epoch
        self.text = text
    }
}

/// One line of a revision's build log.
///
/// `GET /v1/tasks/{task}/revisions/{revision}/log` answers with a `Listing` of all lines after `?after=`. With
/// `?follow=true` it is a stream of server-sent events (`event: line`, `id:` the number) which ends with an
/// `event: end` once the build has ended: its data is the `RevisionView`.
package struct BuildLogLine: Codable, Sendable, Equatable {
    /// From 1.
    package var number: Int
    package var text: String

    package init(number: Int, text: String) {
        self.number = number
        self.text = text
    }
}
