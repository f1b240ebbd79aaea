/// How the worth of each client's update is measured, on the server node's data.
package struct ContributionRule: Codable, Sendable, Hashable {
    package enum Method: String, Codable, Sendable, Hashable, CaseIterable {
        /// What the model loses without the update.
        case leaveOneOut = "leave-one-out"
        /// What the update adds, averaged over all orders in which updates could have come.
        case shapley
    }

    package var method: Method
    package var metric: String
    package var mode: MetricMode
    /// Orders that are drawn, where there are too many to look at all of them.
    package var permutations: Int
    /// The rest of an order adds nothing as soon as its metric is so close to that of all updates.
    package var tolerance: Double

    package init(
        method: Method,
        metric: String,
        mode: MetricMode = .maximize,
        permutations: Int = 20,
        tolerance: Double = 0.01
    ) {
        self.method = method
        self.metric = metric
        self.mode = mode
        self.permutations = permutations
        self.tolerance = tolerance
    }
}
