/// How the engine of a server node says that a round ended.
package struct RoundResult: Codable, Sendable, Equatable {
    package var epoch: Int
    package var commit: CommitHash
    package var digest: ContentDigest
    package var outcome: Outcome

    package enum Outcome: Codable, Sendable, Equatable {
        /// A candidate global model is safe on the server node's disk.
        case finished(FinishedRound)
        /// The previous global model stays; the reason is for people.
        case failed(reason: String)
    }

    package init(epoch: Int, commit: CommitHash, digest: ContentDigest, outcome: Outcome) {
        self.epoch = epoch
        self.commit = commit
        self.digest = digest
        self.outcome = outcome
    }
}

package struct FinishedRound: Codable, Sendable, Equatable {
    /// SHA-256 of the model's file.
    package var model: ContentDigest
    package var bytes: Int
    /// One for each client whose update was counted.
    package var contributions: [Contribution]
    /// Clients whose update is not part of the model, and why.
    package var missing: [MissingUpdate]
    /// Clients whose update counts but that could not evaluate the model, and why; absent where all could.
    package var unevaluated: [MissingUpdate]?
    /// Means over clients, weighted by their training examples.
    package var trainMetrics: [String: Double]
    /// Means over clients, weighted by their evaluation examples.
    package var evaluation: [String: Double]

    package init(
        model: ContentDigest,
        bytes: Int,
        contributions: [Contribution],
        missing: [MissingUpdate] = [],
        unevaluated: [MissingUpdate]? = nil,
        trainMetrics: [String: Double] = [:],
        evaluation: [String: Double] = [:]
    ) {
        self.model = model
        self.bytes = bytes
        self.contributions = contributions
        self.missing = missing
        self.unevaluated = unevaluated
        self.trainMetrics = trainMetrics
        self.evaluation = evaluation
    }
}

/// What one client gave to a global model.
package struct Contribution: Codable, Sendable, Equatable {
    package var node: String
    package var commit: CommitHash
    package var examples: Int
    /// SHA-256 of the update's file.
    package var update: ContentDigest
    /// Seconds of training on the client.
    package var seconds: Double
    package var metrics: [String: Double]
    package var evaluation: [String: Double]?
    package var evaluationExamples: Int?

    package init(
        node: String,
        commit: CommitHash,
        examples: Int,
        update: ContentDigest,
        seconds: Double,
        metrics: [String: Double]
    ) {
        self.node = node
        self.commit = commit
        self.examples = examples
        self.update = update
        self.seconds = seconds
        self.metrics = metrics
    }
}

package struct MissingUpdate: Codable, Sendable, Equatable {
    package var node: String
    package var why: String

    package init(node: String, why: String) {
        self.node = node
        self.why = why
    }
}
