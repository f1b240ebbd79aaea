package import FlowRunner

/// How data are divided among clients on one machine; `Python/fedops_split.py` does it.
package enum DataSplit: Sendable, Equatable {
    /// Each client gets what its data stage gives.
    case none
    case iid
    /// Labels of each client by Dirichlet (Hsu, Qi and Brown, 2019, section 3).
    case dirichlet(alpha: Double)
    /// So many pieces of the data in the order of their labels for each client (McMahan et al., 2017, section 3).
    case byLabel(shards: Int)
    /// Sizes by Dirichlet over clients.
    case quantity(alpha: Double)

    package static let rule = "none, iid, dirichlet:ALPHA, by-label, by-label:PIECES or quantity:ALPHA"

    /// Reads `iid`, `dirichlet:0.3`, `by-label:2` and the like; `nil` for any other text, and for numbers that aren't
    /// above 0.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let argument = parts.count == 2 ? parts[1] : nil
        func alpha() -> Double? { argument.flatMap(Double.init).flatMap { $0 > 0 && $0.isFinite ? $0 : nil } }
        switch parts.first {
        case "none" where argument == nil: self = .none
        case "iid" where argument == nil: self = .iid
        case "by-label" where argument == nil: self = .byLabel(shards: 2)
        case "by-label":
            guard let shards = argument.flatMap(Int.init), (1...1000).contains(shards) else { return nil }
            self = .byLabel(shards: shards)
        case "dirichlet":
            guard let alpha = alpha() else { return nil }
            self = .dirichlet(alpha: alpha)
        case "quantity":
            guard let alpha = alpha() else { return nil }
            self = .quantity(alpha: alpha)
        default: return nil
        }
    }

    /// The share of one of `count` clients; `nil` where nothing is divided.
    package func share(seed: Int, count: Int, index: Int) -> ClientSplit? {
        func share(_ kind: String, alpha: Double = 1, shards: Int = 2) -> ClientSplit {
            ClientSplit(kind: kind, alpha: alpha, shards: shards, seed: seed, count: count, index: index)
        }
        return switch self {
        case .none: nil
        case .iid: share("iid")
        case .dirichlet(let alpha): share("dirichlet", alpha: alpha)
        case .byLabel(let shards): share("by-label", shards: shards)
        case .quantity(let alpha): share("quantity", alpha: alpha)
        }
    }
}

extension DataSplit: CustomStringConvertible {
    package var description: String {
        switch self {
        case .none: "none"
        case .iid: "iid"
        case .dirichlet(let alpha): "dirichlet:\(alpha)"
        case .byLabel(let shards): shards == 2 ? "by-label" : "by-label:\(shards)"
        case .quantity(let alpha): "quantity:\(alpha)"
        }
    }
}
