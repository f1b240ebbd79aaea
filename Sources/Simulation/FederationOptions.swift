package import Core
package import Foundation

/// What is played on this machine, and how.
package struct FederationOptions: Sendable {
    package var clients = 3
    package var rounds = 2
    /// The flow's where absent.
    package var epochs: Int?
    /// By the flow's data stage where absent: `none` where it takes the node's name or a label that clients have, else
    /// `iid`.
    package var split: DataSplit?
    /// Label to the values that clients get in turn.
    package var labels: [String: [String]] = [:]
    package var seed = 0
    /// Workers that play all clients in turn; each client has one of its own where absent.
    package var workers: Int?
    /// Clients in one round; the flow's `maximum` where absent.
    package var sample: Int?
    /// Share of a round's clients that are lost, 0 to 1.
    package var dropout = 0.0
    /// Seconds that pass before a client's update arrives, drawn evenly; none where absent.
    package var delay: ClosedRange<Double>?
    /// For the workers, over what they take from this process.
    package var environment: [String: String] = [:]
    /// Attempts at a round that may fail in a row; the flow's where absent.
    package var retries: Int?
    /// Whether every global model stays on disk.
    package var keepsModels = false
    /// Below which the flow's trackers leave their files; where absent none is written to.
    package var trackerFiles: URL?

    package init() {}

    /// Whether time is simulated, and clients are played by workers in turn.
    package var isSimulation: Bool { workers != nil }

    /// The names of the clients, in their order.
    package var names: [String] {
        let digits = String(clients).count
        return (1...max(1, clients)).map { number in
            let text = String(number)
            return "client-" + String(repeating: "0", count: digits - text.count) + text
        }
    }

    /// The same with labels that tell each client its place, where the flow's data go by these and nobody gave any:
    /// `partition-id` from 0, and `num-partitions`, as Flower names them in a simulation.
    func placed(for flow: Flow) -> FederationOptions {
        var options = self
        guard Self.wantsPlace(flow) else { return options }
        if labels[Self.place] == nil { options.labels[Self.place] = (0..<max(1, clients)).map(String.init) }
        if labels[Self.places] == nil { options.labels[Self.places] = [String(clients)] }
        return options
    }

    private static func wantsPlace(_ flow: Flow) -> Bool {
        // What a command reads of its environment, and an app of its Context, nobody can tell.
        if flow.stages.data.command != nil || flow.stages.data.call?.recipe == .flowerData { return true }
        return Flow.StageName.allCases.flatMap { flow.stages[$0].with.values }.contains { binding in
            guard case .reference(let reference) = binding, reference.source == .labels else { return false }
            return reference.path == [place] || reference.path == [places]
        }
    }

    static let place = "partition-id"
    static let places = "num-partitions"

    /// The labels of the client at `index`, from 0.
    package func labels(at index: Int) -> [String: String] {
        labels.compactMapValues { $0.isEmpty ? nil : $0[index % $0.count] }
    }

    /// What of the flow decides over gate and rounds, as far as it has a meaning on one machine: every client is selected,
    /// and nothing is rolled out but the one working tree.
    package func policy(of flow: Flow) -> Policy {
        var policy = Policy(flow)
        policy.rollout = RolloutPolicy()
        policy.participants.server = LabelSelector()
        policy.participants.clients = LabelSelector()
        policy.participants.maximum = sample ?? policy.participants.maximum
        policy.participants.minimum = min(policy.participants.minimum, sample ?? clients, clients)
        if let retries { policy.rounds.retries = retries }
        return policy
    }
}
