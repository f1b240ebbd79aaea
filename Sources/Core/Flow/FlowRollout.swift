extension Flow {
    /// How nodes move from one revision to the next.
    package struct RolloutPolicy: Codable, Sendable, Equatable {
        /// Each goes further than the one before; the last is 100%, which the file may leave out. Of counts and shares,
        /// counts come first. The server node is the first node, then come the clients.
        package var waves: [Wave]
        /// The label by whose values nodes are put in order, then by name; nil orders them by name alone.
        package var orderBy: String?
        /// How long a wave's nodes have to become healthy.
        package var health: FlowDuration
        /// How long a healthy wave is watched before the next begins.
        package var hold: FlowDuration
        package var onFailure: FailurePolicy
    }

    package enum FailurePolicy: String, Codable, Sendable, CaseIterable {
        /// The nodes that have moved go back.
        case rollback
        /// Nothing moves until a person says so.
        case pause
    }
}
