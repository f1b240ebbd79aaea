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
            /// How long the gate waits for chosen nodes that are away before it goes on with at least `minimum`.
            package var wait: FlowDuration
        }
    }
}
