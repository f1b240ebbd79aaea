package import Core

/// Body of `POST /v1/tasks/{task}/runs`.
package struct RunRequest: Codable, Sendable {
    /// Rounds to finish; the flow's `rounds.count` where absent.
    package var rounds: Int?
    package var epochs: Int?
    /// Version of the global model to start from; the newest where absent.
    package var from: Int?
    /// Start from a new model, whatever the task already has.
    package var scratch: Bool?

    package init(rounds: Int? = nil, epochs: Int? = nil, from: Int? = nil, scratch: Bool? = nil) {
        self.rounds = rounds
        self.epochs = epochs
        self.from = from
        self.scratch = scratch
    }
}

package struct RunView: Codable, Sendable, Equatable {
    package var task: String
    package var number: Int
    package var status: Run.Status
    /// The revision's name; absent until the first round opens.
    package var revision: String?
    package var commit: CommitHash?
    package var continues: Int?
    package var goal: Int
    package var done: Int
    package var failures: Int
    package var retryAt: Instant?
    package var started: Instant
    package var ended: Instant?
    package var reason: String?
    /// How it fares by the metric of the flow's `rounds.stop`.
    package var progress: RunProgress?
    /// The round under way.
    package var round: RoundView?
    /// All attempts at its rounds, oldest first; only where one run is asked for.
    package var rounds: [RoundView]?

    package init(task: String, _ run: Run, round: RoundView? = nil, rounds: [RoundView]? = nil) {
        self.task = task
        number = run.number
        status = run.status
        revision = run.release?.name
        commit = run.release?.commit
        continues = run.continues
        goal = run.goal
        done = run.done
        failures = run.failures
        retryAt = run.retryAt
        started = run.started
        ended = run.ended
        reason = run.reason
        progress = run.progress
        self.round = round
        self.rounds = rounds
    }
}

package struct RoundView: Codable, Sendable, Equatable {
    package var run: Int
    package var round: Int
    package var epoch: Int
    package var status: RoundRecord.Status
    package var commit: CommitHash
    package var digest: ContentDigest
    package var server: String
    package var participants: [String]
    package var excluded: [GateReason]
    package var base: Int?
    /// The global model that it made.
    package var model: Int?
    package var started: Instant
    package var deadline: Instant
    package var ended: Instant?
    package var reason: String?
    package var contributions: [Contribution]
    package var missing: [MissingUpdate]
    /// Clients that could not evaluate the model that they helped to make, and why.
    package var unevaluated: [MissingUpdate]?
    package var trainMetrics: [String: Double]
    package var evaluation: [String: Double]
    /// Of how many updates training was over, where more clients were asked than are needed.
    package var enough: Int?
    /// The server node's own metrics of the model, and of how many examples.
    package var serverEvaluation: [String: Double]?
    package var serverEvaluationExamples: Int?
    /// Why the server node, which was asked, did not evaluate the model.
    package var serverUnevaluated: String?
    /// What keeps contributions from being exact, or from being there.
    package var contributionNote: String?

    package init(_ record: RoundRecord) {
        let ticket = record.ticket
        run = ticket.run
        round = ticket.round
        epoch = ticket.epoch
        status = record.status
        commit = ticket.commit
        digest = ticket.digest
        server = ticket.server
        participants = ticket.clients
        excluded = record.excluded
        base = ticket.base?.version
        model = record.status == .finished ? ticket.version : nil
        started = ticket.issued
        deadline = ticket.deadline
        ended = record.ended
        reason = record.reason
        contributions = record.result?.contributions ?? []
        missing = record.result?.missing ?? []
        unevaluated = record.result?.unevaluated
        trainMetrics = record.result?.trainMetrics ?? [:]
        evaluation = record.result?.evaluation ?? [:]
        enough = ticket.enough
        serverEvaluation = record.result?.serverEvaluation
        serverEvaluationExamples = record.result?.serverEvaluationExamples
        serverUnevaluated = record.result?.serverUnevaluated
        contributionNote = record.result?.contributionNote
    }
}
