/// What an open gate hands out: the right to run one round, on one commit, with these participants.
///
/// Managers check it against what they have active before each stage; every update carries its epoch, commit and digest.
package struct Ticket: Codable, Sendable, Hashable {
    package var task: String
    package var run: Int
    /// The round's number, counted on through the runs that continue one another.
    package var round: Int
    /// Rises strictly with every ticket of the task, so that an older one can be told and refused.
    package var epoch: Int
    package var commit: CommitHash
    package var digest: ContentDigest
    /// The node whose engine aggregates.
    package var server: String
    /// Where clients reach that engine.
    package var serverURL: String
    /// The client nodes of the round, sorted.
    package var clients: [String]
    /// The global model that training starts from; absent when the task has none.
    package var base: ModelReference?
    /// The client that makes the first global model where there is no base.
    package var initializer: String?
    /// The version that the round's global model gets.
    package var version: Int
    /// The fewest updates with which the round counts.
    package var minimum: Int
    /// The updates with which training is over, where more clients were asked than are needed.
    package var enough: Int?
    /// Who evaluates the new model; the clients where absent.
    package var evaluate: EvaluationPlace?
    /// How the server node measures the worth of each update, where it does.
    package var contribution: ContributionRule?
    package var strategy: String
    package var epochs: Int
    package var issued: Instant
    /// The end of training: who hasn't delivered by now is a straggler.
    package var trainBy: Instant
    /// The end of the round, evaluation included.
    package var deadline: Instant

    package var evaluators: EvaluationPlace { evaluate ?? .clients }

    /// All nodes of the round.
    package var participants: [String] { [server] + clients }
}

/// A global model by number, and by what its file holds.
package struct ModelReference: Codable, Sendable, Hashable {
    package var version: Int
    package var digest: ContentDigest

    package init(version: Int, digest: ContentDigest) {
        self.version = version
        self.digest = digest
    }
}
