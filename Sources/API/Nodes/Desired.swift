package import Core

/// All that a node should be doing: the data of a `desired` event on `GET /v1/nodes/{node}/watch`, and the answer to
/// every report, so that a node whose stream is cut learns of changes with its heartbeat.
///
/// It is the whole, not a change: a node that missed ten of them needs only the newest.
package struct DesiredDocument: Codable, Sendable, Equatable {
    package var node: String
    /// The controller's clock, against which the deadlines of tickets count.
    package var time: Instant
    /// Rises with the controller's starts and with each document it sends; a lower one is out of date.
    package var order: DocumentOrder
    /// Seconds between two reports of an unchanged node.
    package var heartbeat: Double
    package var tasks: [DesiredTask]

    package init(node: String, time: Instant, order: DocumentOrder, heartbeat: Double, tasks: [DesiredTask]) {
        self.node = node
        self.time = time
        self.order = order
        self.heartbeat = heartbeat
        self.tasks = tasks
    }
}

package struct DocumentOrder: Codable, Sendable, Hashable, Comparable {
    /// Counts the controller's starts.
    package var boot: Int
    package var sequence: Int

    package init(boot: Int, sequence: Int) {
        self.boot = boot
        self.sequence = sequence
    }

    package static func < (a: Self, b: Self) -> Bool { (a.boot, a.sequence) < (b.boot, b.sequence) }
}

package struct DesiredTask: Codable, Sendable, Equatable {
    package var task: String
    package var assignment: Assignment?
    package var ticket: Ticket?
    /// What the node proves itself with to the engine of the ticket's server node; client nodes only.
    package var ticketKey: String?
    /// From which the engine derives the key of each client of the ticket; the server node only.
    package var roundKey: String?
    /// With which the engine checks grants to pull global models; the server node only.
    package var modelsKey: String?
    /// The newest global model, which the server node must keep.
    package var model: ModelReference?
    /// The best global model, which the server node must keep too, where the flow says what is good.
    package var best: ModelReference?

    package init(task: String, assignment: Assignment? = nil, ticket: Ticket? = nil) {
        self.task = task
        self.assignment = assignment
        self.ticket = ticket
    }
}

/// Body of `POST /v1/nodes/{node}/logs`: lines of a worker, oldest first.
package struct LogBatch: Codable, Sendable, Equatable {
    /// The start of the manager, as in its reports, that numbered the lines; that of its newest report where absent.
    package var boot: Int?
    package var lines: [LogLine]

    package init(lines: [LogLine], boot: Int? = nil) {
        self.lines = lines
        self.boot = boot
    }
}
