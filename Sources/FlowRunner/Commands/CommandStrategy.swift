import Core

/// What a strategy asks of a train stage that is a command: it is told in its environment, and it has to say that it did it,
/// for nothing else can tell.
struct CommandStrategy {
    private let strategy: Flow.Strategy

    init(_ strategy: Flow.Strategy) { self.strategy = strategy }

    /// Variables beside those of every stage.
    var environment: [String: String] {
        var environment = ["FEDOPS_STRATEGY": strategy.name]
        if let mu { environment["FEDOPS_MU"] = String(mu) }
        return environment
    }

    private var mu: Double? { strategy.known == .fedprox ? strategy["mu"]?.number : nil }

    /// Refuses what no command can do.
    func check() throws(StageFailure) {
        guard strategy.known == .scaffold else { return }
        throw Self.failure("strategy scaffold corrects each step of a PyTorch optimiser, and train is a command")
    }

    /// Takes what is the strategy's out of what the command told.
    func read(_ metrics: [String: Double]) throws(StageFailure) -> (metrics: [String: Double], steps: Double?) {
        var metrics = metrics
        switch strategy.known {
        case .fedprox:
            // A command that knows nothing of FedProx would be averaged as if it did.
            guard let told = metrics.removeValue(forKey: "mu"), told == mu else {
                throw Self.failure(
                    "the command did not say that it added FedProx's term: add mu · (w - w_global) to its gradients, with "
                        + "mu from FEDOPS_MU, and write {\"mu\": \(mu ?? 0)} to FEDOPS_METRICS; or use fedavg"
                )
            }
            return (metrics, nil)
        case .fednova:
            guard let steps = metrics.removeValue(forKey: "steps"), steps >= 1 else {
                throw Self.failure(
                    "the command did not tell its number of local steps, which fednova divides by: write "
                        + "{\"steps\": N} to FEDOPS_METRICS"
                )
            }
            return (metrics, steps)
        default: return (metrics, nil)
        }
    }

    private static func failure(_ message: String) -> StageFailure {
        StageFailure(stage: Flow.StageName.train.rawValue, kind: .invalid, message: message)
    }
}
