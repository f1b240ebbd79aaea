package import Core

/// What a stage is told about the round that it runs in.
package struct StageContext: Sendable, Equatable {
    /// Counted from 1; 0 outside of rounds.
    package var round: Int
    /// Passes over the node's data, for `train`.
    package var epochs: Int
    /// The whole process group is killed when the stage takes longer.
    package var timeout: Duration

    package init(round: Int, epochs: Int, timeout: Duration) {
        self.round = round
        self.epochs = epochs
        self.timeout = timeout
    }
}

extension Ticket {
    /// What a stage of this round is told that may run for so many seconds.
    package func context(seconds: Double) -> StageContext {
        StageContext(round: round, epochs: epochs, timeout: .seconds(seconds))
    }
}

package struct TrainOutcome: Sendable, Equatable {
    /// How many examples the update was trained on: its weight in the mean.
    package var examples: Int
    package var seconds: Double
    /// Finite numbers only.
    package var metrics: [String: Double]
    /// Local steps, where the flow's strategy asks for them: the sum of FedNova's accumulation vector, from 1 up.
    package var steps: Double?

    package init(examples: Int, seconds: Double, metrics: [String: Double], steps: Double? = nil) {
        self.examples = examples
        self.seconds = seconds
        self.metrics = metrics
        self.steps = steps
    }
}

package struct EvaluateOutcome: Sendable, Equatable {
    /// How many examples the metrics are of: their weight in the mean over nodes.
    package var examples: Int
    package var seconds: Double
    /// Finite numbers only.
    package var metrics: [String: Double]

    package init(examples: Int, seconds: Double, metrics: [String: Double]) {
        self.examples = examples
        self.seconds = seconds
        self.metrics = metrics
    }
}
