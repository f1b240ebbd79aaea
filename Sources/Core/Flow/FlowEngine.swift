extension Flow {
    package enum Engine: String, Codable, Sendable, CaseIterable {
        /// The server node's manager: clients talk to it over HTTP.
        case embedded
        /// Flower: the server node's manager runs SuperLink, each client's manager SuperNode.
        case flower

        /// What the engine needs in the flow's environment beside the flow's own requirements, as pip takes it. Flower's
        /// messages are those of this version.
        package var requirements: [String] {
            switch self {
            case .embedded: []
            case .flower: ["flwr==1.41.*"]
            }
        }
    }
}

extension KeyedDecodingContainer {
    /// A flow that was written down before there was a choice.
    func decode(_: Flow.Engine.Type, forKey key: Key) throws -> Flow.Engine {
        try decodeIfPresent(Flow.Engine.self, forKey: key) ?? .embedded
    }
}
