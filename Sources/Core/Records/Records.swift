/// Lines of history that a transition leaves behind; written in the transaction that stores the new state.
package enum Record: Codable, Sendable, Equatable {
    case rollout(Rollout)
    case run(Run)
    case round(RoundRecord)
    case model(ModelRecord)
    case event(EventRecord)
}

/// One attempt at a round. A round that is tried again has one record for each epoch.
package struct RoundRecord: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable, CaseIterable {
        case running, finished, failed, aborted
    }

    package var ticket: Ticket
    package var status: Status
    package var excluded: [GateReason]
    package var ended: Instant?
    package var reason: String?
    /// Where the round finished.
    package var result: FinishedRound?

    package init(ticket: Ticket, status: Status, excluded: [GateReason] = []) {
        self.ticket = ticket
        self.status = status
        self.excluded = excluded
    }
}

/// A numbered global model, with all that says where it came from.
package struct ModelRecord: Codable, Sendable, Equatable {
    package var task: String
    package var version: Int
    /// SHA-256 of the model's file.
    package var digest: ContentDigest
    package var bytes: Int
    package var commit: CommitHash
    /// Digest of the artifact that trained it.
    package var artifact: ContentDigest
    package var release: String
    package var run: Int
    package var round: Int
    package var epoch: Int
    /// The version that training started from.
    package var parent: Int?
    /// The server node that holds the file.
    package var node: String
    package var contributions: [Contribution]
    package var trainMetrics: [String: Double]
    package var evaluation: [String: Double]
    /// The server node's own metrics, where it evaluates.
    package var serverEvaluation: [String: Double]?
    package var created: Instant
    /// Whether it is the task's best model; said only by answers, since the next model may be better.
    package var best: Bool?
}

/// Something that happened to a task, for people.
package struct EventRecord: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case info, warning
    }

    package var task: String
    package var node: String?
    package var at: Instant
    package var kind: Kind
    package var message: String

    package init(task: String, node: String? = nil, at: Instant, kind: Kind, message: String) {
        self.task = task
        self.node = node
        self.at = at
        self.kind = kind
        self.message = message
    }
}
