/// A revision that was built and tested, with all that nodes and the gate need to know of it.
package struct Release: Codable, Sendable, Hashable {
    /// The revision's number within its task, rising with each new revision.
    package var number: Int
    /// The tag, or `branch@abbreviated-commit` where the task deploys on push.
    package var name: String
    package var commit: CommitHash
    /// Digest of the artifact's manifest.
    package var digest: ContentDigest
    /// Digest of the wheelhouse's manifest; absent where the flow asks for no packages.
    package var environment: ContentDigest?
    package var policy: Policy

    package init(
        number: Int,
        name: String,
        commit: CommitHash,
        digest: ContentDigest,
        environment: ContentDigest? = nil,
        policy: Policy
    ) {
        self.number = number
        self.name = name
        self.commit = commit
        self.digest = digest
        self.environment = environment
        self.policy = policy
    }
}

/// What of a flow decides over rollouts, the gate and rounds.
package struct Policy: Codable, Sendable, Hashable {
    package var rollout = RolloutPolicy()
    package var participants = ParticipantsPolicy()
    package var rounds = RoundsPolicy()
    package var onNewRevision = OnNewRevision.finish

    package init() {}
}

/// What a new revision does to a round that is under way.
package enum OnNewRevision: String, Codable, Sendable, CaseIterable {
    /// The round ends first; then nodes move.
    case finish
    /// The round is cancelled and its ticket fenced; nodes move at once.
    case abort
}

/// How a revision goes from node to node.
package struct RolloutPolicy: Codable, Sendable, Hashable {
    package enum OnFailure: String, Codable, Sendable, CaseIterable {
        case rollback, pause
    }

    /// Cumulative sizes; after the last one, all nodes.
    package var waves: [Wave] = []
    /// The label whose value orders the clients; by name where it is absent or equal.
    package var orderBy: String?
    /// Seconds in which a node of a wave has to report healthy on the new revision.
    package var health: Double = 120
    /// Seconds for which a wave has to stay healthy before the next one starts.
    package var hold: Double = 0
    package var onFailure = OnFailure.rollback

    package init() {}
}

/// Which nodes take part in rounds.
package struct ParticipantsPolicy: Codable, Sendable, Hashable {
    package var server = LabelSelector()
    package var clients = LabelSelector()
    /// The fewest clients with which a round may start, and whose updates it needs.
    package var minimum = 1
    /// The most clients in one round; all where absent.
    package var maximum: Int?
    /// The share of the ready clients that a round asks for; all where absent.
    package var sample: Double?
    /// So many clients more are asked for than are needed; training ends with the needed updates.
    package var extra: Wave?
    /// By what clients are chosen, where not all take part.
    package var select: SelectRule?
    /// Seconds for which a selected client that isn't ready may hold the gate before it is left out.
    package var wait: Double = 30

    package init() {}
}

package struct RoundsPolicy: Codable, Sendable, Hashable {
    package var count = 1
    package var strategy = "fedavg"
    /// Seconds from a ticket's issue to the end of its training phase and evaluation together.
    package var deadline: Double = 600
    /// The fewest seconds from one ticket to the next; none where absent.
    package var interval: Double?
    /// Local epochs a round.
    package var epochs = 1
    /// Failed attempts in a row after which a run fails; it tries for ever where absent.
    package var retries: Int?
    /// How the local epochs change from round to round.
    package var epochsSchedule: Schedule?
    /// Who evaluates; the clients where absent.
    package var evaluate: EvaluationPlace?
    /// When a run is over before its last round.
    package var stop: StopRule?
    /// Which model is the best.
    package var best: BestRule?
    /// How the worth of each update is measured; not at all where absent.
    package var contribution: ContributionRule?

    package init() {}
}
