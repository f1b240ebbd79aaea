/// What a client did in the last rounds that it was asked for, as far as the choice of clients looks at it.
package struct ClientHistory: Codable, Sendable, Equatable {
    /// So many rounds of a client are remembered.
    package static let length = 10

    package struct Entry: Codable, Sendable, Equatable {
        package var epoch: Int
        /// Whether its update was counted.
        package var answered: Bool
        /// Seconds of training.
        package var seconds: Double?
        package var examples: Int?
        /// Those that the rule of choice names: of its evaluation, or else of its training.
        package var metrics: [String: Double]?
        package var contribution: Double?

        package init(
            epoch: Int,
            answered: Bool,
            seconds: Double? = nil,
            examples: Int? = nil,
            metrics: [String: Double]? = nil,
            contribution: Double? = nil
        ) {
            self.epoch = epoch
            self.answered = answered
            self.seconds = seconds
            self.examples = examples
            self.metrics = metrics
            self.contribution = contribution
        }
    }

    /// Oldest first.
    package private(set) var entries: [Entry] = []

    package init() {}

    package mutating func add(_ entry: Entry) {
        entries.append(entry)
        entries.removeFirst(max(0, entries.count - Self.length))
    }

    /// A number that clients are compared by; nil where it isn't known. Availability is the share of rounds answered,
    /// seconds and contribution are means, examples and metrics are those of the newest round that has them.
    package func value(of feature: String) -> Double? {
        switch feature {
        case "availability":
            entries.isEmpty ? nil : Double(entries.count { $0.answered }) / Double(entries.count)
        case "seconds": Self.mean(entries.compactMap(\.seconds))
        case "examples": entries.last { $0.examples != nil }?.examples.map(Double.init)
        case "contribution": Self.mean(entries.compactMap(\.contribution))
        default: entries.last { $0.metrics?[feature] != nil }?.metrics?[feature]
        }
    }

    /// The features that aren't metrics.
    package static let ownFeatures = ["availability", "seconds", "examples", "contribution"]

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
