package import Foundation

/// A client that a worker goes on as, without being started anew.
package struct PlayedClient: Encodable, Sendable, Equatable {
    package var node: String
    package var labels: [String: String]
    /// What this client keeps from round to round, as `WorkerConfiguration.state`.
    package var state: URL
    /// Of the random numbers of what it runs: those of Python, NumPy, PyTorch and TensorFlow.
    package var seed: Int
    /// Its share of the data; all of what the data stage gives where absent.
    package var split: ClientSplit?
    /// Whether the data are to be loaded at once, and their share told.
    package var describe = false

    package init(node: String, labels: [String: String], state: URL, seed: Int, split: ClientSplit? = nil) {
        self.node = node
        self.labels = labels
        self.state = state
        self.seed = seed
        self.split = split
    }

    private enum CodingKeys: String, CodingKey {
        case node, labels, seed, split, describe
        case state = "stateFolder"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(node, forKey: .node)
        try container.encode(labels, forKey: .labels)
        try container.encode(state.path, forKey: .state)
        try container.encode(seed, forKey: .seed)
        try container.encodeIfPresent(split, forKey: .split)
        try container.encode(describe, forKey: .describe)
    }
}

/// Which share of the whole data a client has; `fedops_split.py` says how each kind divides.
package struct ClientSplit: Encodable, Sendable, Equatable {
    /// `iid`, `dirichlet`, `by-label` or `quantity`.
    package var kind: String
    /// Concentration of `dirichlet` and `quantity`.
    package var alpha: Double
    /// Pieces for each client, of `by-label`.
    package var shards: Int
    package var seed: Int
    /// Clients among whom the data are divided.
    package var count: Int
    /// This client's place among them, from 0.
    package var index: Int

    package init(kind: String, alpha: Double, shards: Int, seed: Int, count: Int, index: Int) {
        self.kind = kind
        self.alpha = alpha
        self.shards = shards
        self.seed = seed
        self.count = count
        self.index = index
    }
}

/// What a client's share came to.
package struct ClientShare: Codable, Sendable, Equatable {
    /// Names of the parts that belong together, and the client's examples of them.
    package var examples: [String: Int]
    /// Parts that have fewer examples than there are clients, which each client has whole.
    package var whole: [String]
    /// Label to its number among the client's training examples; absent where there are no labels.
    package var labels: [String: Int]?
}
