import API
package import Core

/// What the demo showed, as one JSON object: `fedops demo -o json` ends with it.
package struct DemoSummary: Codable, Sendable, Equatable {
    package struct Revision: Codable, Sendable, Equatable {
        package var tag: String
        package var commit: CommitHash
        package var digest: ContentDigest?
    }

    package struct Round: Codable, Sendable, Equatable {
        package var round: Int
        package var commit: CommitHash
        package var participants: [String]
        package var accuracy: Double?
        package var loss: Double?
        package var seconds: Double
    }

    package struct Model: Codable, Sendable, Equatable {
        package var version: Int
        package var commit: CommitHash
        package var round: Int
        package var digest: ContentDigest
    }

    /// A node that held the gate closed while revisions changed.
    package struct Closed: Codable, Sendable, Equatable {
        package var node: String
        package var reports: String
        package var wants: String
        package var seconds: Double
    }

    package var task: String
    package var revisions: [Revision]
    package var rounds: [Round]
    package var models: [Model]
    package var gateClosed: [Closed]

    /// - Parameters:
    ///   - rounds: All attempts of all runs; the finished ones count.
    init(task: String, revisions: [RevisionView], rounds: [RoundView], models: [ModelView], gateClosed: [Closed]) {
        self.task = task
        self.revisions = revisions.sorted { $0.number < $1.number }
            .map { Revision(tag: $0.name, commit: $0.commit, digest: $0.digest) }
        self.rounds = rounds.filter { $0.status == .finished }.sorted { $0.epoch < $1.epoch }
            .map { round in
                Round(
                    round: round.round,
                    commit: round.commit,
                    participants: round.contributions.map(\.node),
                    accuracy: round.evaluation["accuracy"],
                    loss: round.evaluation["loss"],
                    seconds: round.ended?.seconds(since: round.started) ?? 0
                )
            }
        self.models = models.sorted { $0.version < $1.version }
            .map { Model(version: $0.version, commit: $0.commit, round: $0.round, digest: $0.digest) }
        self.gateClosed = gateClosed
    }
}
