/// By what the clients of a round are chosen, where fewer are wanted than are ready.
package struct SelectRule: Codable, Sendable, Hashable {
    package enum Name: String, Codable, Sendable, Hashable, CaseIterable {
        /// Nobody is left out.
        case all
        /// In turn.
        case rotate
        /// Drawn anew for each ticket, all alike.
        case random
        /// Those that answered the largest share of their last rounds.
        case available
        /// Those that trained in the least time.
        case fastest
        /// Those with the most examples.
        case largest
        /// By a metric of their last round.
        case metric
        /// From each group of clients that are alike.
        case cluster
        /// Those whose updates were worth most.
        case contribution

        /// The options that it knows.
        package var options: [String] {
            switch self {
            case .all, .rotate, .random: []
            case .available, .fastest, .largest, .contribution: ["explore"]
            case .metric: ["metric", "prefer", "explore"]
            case .cluster: ["features", "eps", "minPoints"]
            }
        }
    }

    package enum Preference: String, Codable, Sendable, Hashable, CaseIterable { case highest, lowest }

    package var name: Name
    package var metric: String?
    package var prefer: Preference?
    /// The share of places that go to clients which the rule would not choose.
    package var explore: Double?
    package var features: [String]?
    package var eps: Double?
    package var minPoints: Int?

    package init(_ name: Name) { self.name = name }

    /// The metrics that it looks at.
    var metrics: [String] {
        ([metric].compactMap { $0 } + (features ?? [])).filter { !ClientHistory.ownFeatures.contains($0) }
    }

    /// Whether it looks at what clients did before.
    var looksBack: Bool {
        switch name {
        case .all, .rotate, .random: false
        case .available, .fastest, .largest, .metric, .cluster, .contribution: true
        }
    }
}

extension SelectRule {
    package static let defaultExplore = 0.1
    package static let defaultFeatures = ["seconds", "examples"]
    package static let defaultEps = 0.5
    package static let defaultMinPoints = 2
}
