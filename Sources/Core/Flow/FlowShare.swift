extension Flow {
    /// What of the model the rounds share. A flow without it shares all.
    package struct Share: Codable, Sendable, Equatable {
        /// Tensors that are shared; nil stands for all.
        package var only: [TensorPattern]?
        /// Tensors that are not, of those that `only` has.
        package var except: [TensorPattern]?
        /// Buffers of modules of PyTorch, such as the running statistics of BatchNorm.
        package var buffers = Place.shared
        /// Layers of BatchNorm, parameters and statistics.
        package var batchNorm = Place.shared
        package var optimizer = Optimizer.fresh

        package init() {}

        package init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            only = try values.decodeIfPresent([TensorPattern].self, forKey: .only)
            except = try values.decodeIfPresent([TensorPattern].self, forKey: .except)
            buffers = try values.decodeIfPresent(Place.self, forKey: .buffers) ?? .shared
            batchNorm = try values.decodeIfPresent(Place.self, forKey: .batchNorm) ?? .shared
            optimizer = try values.decodeIfPresent(Optimizer.self, forKey: .optimizer) ?? .fresh
        }
    }

    /// Where tensors are.
    package enum Place: String, Codable, Sendable, CaseIterable {
        /// They go through the rounds.
        case shared
        /// They stay on each node and last there.
        case local
    }

    /// What an optimiser's state does between rounds.
    package enum Optimizer: String, Codable, Sendable, CaseIterable {
        /// It lasts as long as the user's own code keeps it.
        case fresh
        /// Each node keeps it, and a new optimiser of the same kind goes on with it.
        case kept
    }
}
