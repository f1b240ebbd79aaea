extension Flow {
    /// A run of the task: how many rounds, and what each of them is.
    package struct Rounds: Codable, Sendable, Equatable {
        package var count: Int
        package var strategy: Strategy
        /// From the ticket to the aggregated model; what has not answered by then is left out.
        package var deadline: FlowDuration
        /// The least time from the start of one round to that of the next.
        package var interval: FlowDuration
        /// Passes over the node's data in one round, given to `train` as `epochs`.
        package var epochs: Int
        /// How often a failed round is tried again before the run fails.
        package var retries: Int
        /// How settings, and `epochs`, change from round to round, by their names; a dot leads into a map.
        package var schedule: [String: Schedule]?
        /// Who evaluates each round's model; the clients where absent.
        package var evaluate: EvaluationPlace?
        /// When a run is over before its last round.
        package var stop: StopRule?
        /// Which of the task's models is the best; by the metric of `stop` where absent.
        package var best: BestRule?
        /// How the worth of each update is measured; not at all where absent.
        package var contribution: ContributionRule?
    }

    /// Which nodes take part.
    package struct Participants: Codable, Sendable, Equatable {
        package var server: Server
        package var clients: Clients

        package struct Server: Codable, Sendable, Equatable {
            /// Chooses among the nodes with the role `server`.
            package var selector: LabelSelector
        }

        package struct Clients: Codable, Sendable, Equatable {
            /// Chooses among the nodes with the role `client`.
            package var selector: LabelSelector
            /// Fewer than this and no round starts; fewer answers and the round fails.
            package var minimum: Int
            /// At most so many take part in a round; nil is all that are chosen.
            package var maximum: Int?
            /// The share of the ready clients that takes part in a round; all where absent.
            package var sample: Double?
            /// So many clients more are asked for than are needed; the round's training ends with the needed updates.
            package var extra: Wave?
            /// By what clients are chosen: in turn with `maximum`, at random with `sample` where absent.
            package var select: SelectRule?
            /// How long the gate waits for chosen nodes that are away before it goes on with at least `minimum`.
            package var wait: FlowDuration
        }
    }
}
