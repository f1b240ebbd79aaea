/// How the engine of a server node says that a round ended.
package struct RoundResult: Codable, Sendable, Equatable {
    package var epoch: Int
    package var commit: CommitHash
    package var digest: ContentDigest
    package var outcome: Outcome
    /// Where the round failed: clients whose update was not counted, and why.
    package var missing: [MissingUpdate]?

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
    /// The server node's own metrics of the model, on its own data; absent where it wasn't asked or could not.
    package var serverEvaluation: [String: Double]?
    package var serverEvaluationExamples: Int?
    /// Why the server node, which was asked, did not evaluate the model.
    package var serverUnevaluated: String?
    /// What keeps contributions from being exact, or from being there.
    package var contributionNote: String?

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

extension FinishedRound {
    /// The metric by which rounds are steered: of the server node's evaluation where it evaluates, and else the clients'
    /// mean. The two are never mixed, since they are of different data.
    package func value(of metric: String, evaluated place: EvaluationPlace) -> Double? {
        place.includesServer ? serverEvaluation?[metric] : evaluation[metric]
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
    /// What the update adds to the metric of the flow's `rounds.contribution`: positive where the model is better for it.
    package var contribution: Double?

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
    /// It wasn't needed: the round had enough updates without it.
    package var surplus: Bool?

    package init(node: String, why: String, surplus: Bool? = nil) {
        self.node = node
        self.why = why
        self.surplus = surplus
    }
}
