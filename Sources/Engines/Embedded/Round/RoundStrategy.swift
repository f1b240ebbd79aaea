import Aggregation
import Core

extension RoundOrder {
    var strategy: Flow.Strategy { Flow.Strategy(name: ticket.strategy, options: options ?? [:]) }
}

extension Strategy {
    /// What a ticket and its flow name.
    ///
    /// - Throws: Where this engine doesn't know the name, an option, or its value.
    init(_ flow: Flow.Strategy) throws {
        if let flaw = flow.flaw { throw EngineError(flaw) }
        func number(_ key: String) throws -> Double {
            guard let value = flow[key]?.number else { throw EngineError("strategy \(flow.name) has no \(key)") }
            return value
        }
        func whole(_ key: String) -> Int? {
            if case .int(let value)? = flow[key] { value } else { nil }
        }
        let malicious = whole("f") ?? 0
        self =
            switch flow.known {
            case .fedavg: .fedavg
            case .fedprox: .fedprox
            case .fedavgm: .fedavgm(FedAvgM(eta: try number("eta"), beta: try number("beta")))
            case .fedadam:
                .fedadam(
                    FedAdam(
                        eta: try number("eta"),
                        beta1: try number("beta1"),
                        beta2: try number("beta2"),
                        tau: try number("tau"),
                        biasCorrection: flow["biasCorrection"] == .bool(true)
                    )
                )
            case .fedyogi:
                .fedyogi(
                    FedYogi(
                        eta: try number("eta"),
                        beta1: try number("beta1"),
                        beta2: try number("beta2"),
                        tau: try number("tau")
                    )
                )
            case .fedadagrad: .fedadagrad(FedAdagrad(eta: try number("eta"), tau: try number("tau")))
            case .scaffold: .scaffold(eta: try number("eta"), clients: whole("clients"))
            case .fednova: .fednova
            case .median: .median
            case .trimmedmean: .trimmedmean(beta: try number("beta"))
            case .krum: .krum(malicious: malicious)
            case .multikrum: .multikrum(malicious: malicious, select: whole("m").map { .count($0) } ?? .honest)
            case .bulyan: .bulyan(malicious: malicious)
            case .serverapp: .external
            case nil: throw EngineError("strategy \(flow.name) is not known")
            }
    }
}
