/// Which way a metric gets better.
package enum MetricMode: String, Codable, Sendable, Hashable, CaseIterable {
    case maximize, minimize

    /// Whether `value` is better than `other` by more than `delta`.
    package func isBetter(_ value: Double, than other: Double, by delta: Double = 0) -> Bool {
        self == .maximize ? value - other > delta : other - value > delta
    }
}

/// Who evaluates a round's new model.
package enum EvaluationPlace: String, Codable, Sendable, Hashable, CaseIterable {
    /// Each client whose update counts, on its own data.
    case clients
    /// The server node, on its own data.
    case server
    case both

    package var includesClients: Bool { self != .server }
    package var includesServer: Bool { self != .clients }
}

/// Which of a task's models is its best.
package struct BestRule: Codable, Sendable, Hashable {
    package var metric: String
    package var mode: MetricMode

    package init(metric: String, mode: MetricMode) {
        self.metric = metric
        self.mode = mode
    }
}

/// The best of a task's models, by the rule that its flow had when the model was made.
package struct BestModel: Codable, Sendable, Equatable {
    package var model: ModelReference
    package var rule: BestRule
    package var value: Double
}

/// When a run is over before its last round.
package struct StopRule: Codable, Sendable, Hashable {
    package var metric: String
    package var mode: MetricMode
    /// Rounds without an improvement after which the run stops; never for that reason where absent.
    package var patience: Int?
    /// By how much a value has to be better than the best before it, to be an improvement.
    package var minDelta: Double
    /// The value with which the run has what it is for.
    package var target: Double?

    package init(
        metric: String,
        mode: MetricMode,
        patience: Int? = nil,
        minDelta: Double = 0,
        target: Double? = nil
    ) {
        self.metric = metric
        self.mode = mode
        self.patience = patience
        self.minDelta = minDelta
        self.target = target
    }
}

/// How a run fares by the metric of its stop rule.
package struct RunProgress: Codable, Sendable, Equatable {
    package var metric: String
    package var mode: MetricMode
    package var best: Double
    /// The round that had it.
    package var round: Int
    /// Rounds since then that had the metric and were no improvement.
    package var waited: Int
}

extension StopRule {
    /// Takes a round's value into account; the reason to stop, where there is one.
    ///
    /// It is the rule of Prechelt, "Early stopping - but when?", 1998, in its simplest form: no improvement by more than
    /// `minDelta` in `patience` rounds in a row.
    package func judge(_ progress: inout RunProgress?, value: Double, round: Int) -> String? {
        if var known = progress, known.metric == metric, known.mode == mode {
            if mode.isBetter(value, than: known.best, by: minDelta) {
                known.best = value
                known.round = round
                known.waited = 0
            } else {
                known.waited += 1
            }
            progress = known
        } else {
            progress = RunProgress(metric: metric, mode: mode, best: value, round: round, waited: 0)
        }
        if let target, value == target || mode.isBetter(value, than: target) {
            return "stopped early: \(metric) is \(Self.text(value)) after round \(round), the target is \(target)"
        }
        guard let patience, let progress, progress.waited >= patience else { return nil }
        return
            "stopped early: \(metric) has not got better than \(Self.text(progress.best)) of round \(progress.round)"
            + (minDelta > 0 ? " by more than \(minDelta)" : "") + " for \(patience) rounds"
    }

    /// With as many digits as people compare.
    private static func text(_ value: Double) -> String {
        let rounded = (value * 10_000).rounded() / 10_000
        return rounded.isFinite && rounded != 0 ? "\(rounded)" : "\(value)"
    }
}
