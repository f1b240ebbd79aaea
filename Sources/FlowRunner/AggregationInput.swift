package import Foundation

/// What the project's own code on the server node makes a model of.
package struct AggregationInput: Encodable, Sendable {
    package struct Update: Encodable, Sendable {
        package var node: String
        package var file: String
        /// Examples that it was trained on.
        package var examples: Int
        package var metrics: [String: Double]

        package init(node: String, file: URL, examples: Int, metrics: [String: Double]) {
            self.node = node
            self.file = file.path
            self.examples = examples
            self.metrics = metrics
        }
    }

    /// The model that the round started from.
    package var base: String
    /// What that code kept with the base.
    package var state: String?
    package var updates: [Update]
    /// Where the model goes.
    package var output: String
    /// Where it goes what the code keeps until the next round.
    package var kept: String

    package init(base: URL, state: URL?, updates: [Update], output: URL, kept: URL) {
        self.base = base.path
        self.state = state?.path
        self.updates = updates
        self.output = output.path
        self.kept = kept.path
    }
}
