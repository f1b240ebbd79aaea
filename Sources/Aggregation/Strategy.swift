package import Tensors

/// How updates become one model, with all its options.
package enum Strategy: Sendable, Equatable {
    case fedavg
    case fedprox
    case fedavgm(FedAvgM)
    case fedadam(FedAdam)
    case fedyogi(FedYogi)
    case fedadagrad(FedAdagrad)
    case scaffold(eta: Double, clients: Int?)
    case fednova
    case median
    case trimmedmean(beta: Double)
    case krum(malicious: Int)
    case multikrum(malicious: Int, select: Krum.Select)
    case bulyan(malicious: Int)
    case external

    /// Whether it keeps a state from round to round; a round without one starts from zeros.
    package var keepsState: Bool { slots != nil || self == .external }

    private var slots: (name: String, slots: [String])? {
        switch self {
        case .fedavgm: ("fedavgm", FedAvgM.slots)
        case .fedadam: ("fedadam", FedAdam.slots)
        case .fedyogi: ("fedyogi", FedYogi.slots)
        case .fedadagrad: ("fedadagrad", FedAdagrad.slots)
        case .scaffold: (Scaffold.name, [Scaffold.slot])
        default: nil
        }
    }

    /// Why a file isn't a state of this strategy for this model; nil where it is.
    package func flaw(ofState file: SafetensorsFile, reference: SafetensorsFile) throws(AggregationError) -> String? {
        if self == .external { return ExternalState.flaw(of: file) }
        guard let (name, slots) = slots else { return "the strategy keeps no state" }
        return try ServerState.flaw(of: file, name, slots, reference)
    }

    /// - Parameters:
    ///   - reference: The base model. Names, shapes and dtypes of updates and result are its own.
    ///   - state: What the aggregator of the base model's round left; without it the strategy starts anew.
    /// - Throws: When there is no memory for sums, or the state isn't the strategy's.
    package func aggregator(reference: SafetensorsFile, state: SafetensorsFile? = nil) throws(AggregationError)
        -> any Aggregator
    {
        switch self {
        case .fedavg: try FedAvg(reference: reference)
        case .fedprox: try FedProx(reference: reference)
        case .fedavgm(let rule): try ServerOptimized("fedavgm", rule, reference: reference, state: state)
        case .fedadam(let rule): try ServerOptimized("fedadam", rule, reference: reference, state: state)
        case .fedyogi(let rule): try ServerOptimized("fedyogi", rule, reference: reference, state: state)
        case .fedadagrad(let rule): try ServerOptimized("fedadagrad", rule, reference: reference, state: state)
        case .scaffold(let eta, let clients):
            try Scaffold(eta: eta, clients: clients, reference: reference, state: state)
        case .fednova: try FedNova(reference: reference)
        case .median: Median(reference: reference)
        case .trimmedmean(let beta): TrimmedMean(beta: beta, reference: reference)
        case .krum(let malicious): Krum(malicious: malicious, reference: reference)
        case .multikrum(let malicious, let select): Krum(malicious: malicious, select: select, reference: reference)
        case .bulyan(let malicious): Bulyan(malicious: malicious, reference: reference)
        case .external: External(reference: reference)
        }
    }
}
