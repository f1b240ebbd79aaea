package import Core
package import FlowRunner

/// What came of rounds on one machine. In JSON its names are those of the API where that has the same.
package struct FederationReport: Codable, Sendable, Equatable {
    /// Who takes part, and with what.
    package struct Setup: Codable, Sendable, Equatable {
        package var task: String
        /// Stands for a commit that these files don't have yet.
        package var commit: CommitHash
        package var digest: ContentDigest
        package var clients: Int
        package var workers: Int
        package var split: String
        package var seed: Int
        /// Seconds from the start to the first round.
        package var seconds: Double
        /// What each client has, of the first few.
        package var shares: [Share]
    }

    package struct Share: Codable, Sendable, Equatable {
        package var node: String
        package var labels: [String: String]
        /// Absent where nothing is divided.
        package var share: ClientShare?
    }

    /// One attempt at a round.
    package struct Round: Codable, Sendable, Equatable {
        package var round: Int
        package var epoch: Int
        package var status: RoundRecord.Status
        package var participants: [String]
        package var contributions: [Contribution]
        package var missing: [MissingUpdate]
        package var unevaluated: [MissingUpdate]
        package var trainMetrics: [String: Double]
        package var evaluation: [String: Double]
        /// Of the server node's own evaluation, where the flow wants one and it came to something.
        package var serverEvaluation: [String: Double]?
        /// Why it came to nothing.
        package var serverUnevaluated: String?
        /// The global model, where there is a new one.
        package var model: ModelReference?
        package var reason: String?
        /// On this machine.
        package var seconds: Double
        /// By the simulated clock; absent where time isn't simulated.
        package var simulatedSeconds: Double?

        package var examples: Int { contributions.map(\.examples).reduce(0, +) }
    }

    /// A stage that gave nothing.
    package struct Failure: Codable, Sendable, Equatable {
        package var node: String
        package var round: Int
        package var stage: String
        package var kind: StageFailure.Kind
        /// With file and line, where the user's code raised.
        package var message: String
        package var traceback: String?
        /// The last lines that the client's stages printed.
        package var log: [String]
    }

    package var setup: Setup
    package var status: Run.Status
    /// Why the run didn't complete.
    package var reason: String?
    package var rounds: [Round] = []
    /// Of stages that failed by themselves; who dropped out or was late by chance isn't among them.
    package var failures: [Failure] = []
    /// Seconds of all rounds, and of everything.
    package var roundSeconds = 0.0
    package var seconds = 0.0
    /// Bytes that this process had in memory at most, and the workers together; absent where the system doesn't tell.
    package var peakBytes: Int?
    package var workerPeakBytes: Int?
    /// The file of the last global model, where it was kept.
    package var model: String?
}

extension FederationReport.Round {
    init(_ record: RoundRecord, version: Int?, seconds: Double, simulated: Double?) {
        let result = record.result
        round = record.ticket.round
        epoch = record.ticket.epoch
        status = record.status
        participants = record.ticket.clients
        contributions = result?.contributions ?? []
        missing = result?.missing ?? []
        unevaluated = result?.unevaluated ?? []
        trainMetrics = result?.trainMetrics ?? [:]
        evaluation = result?.evaluation ?? [:]
        serverEvaluation = result?.serverEvaluation
        serverUnevaluated = result?.serverUnevaluated
        model = result.flatMap { finished in version.map { ModelReference(version: $0, digest: finished.model) } }
        reason = record.reason
        self.seconds = seconds
        simulatedSeconds = simulated
    }
}
