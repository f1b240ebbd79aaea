extension Flow {
    /// The four stages, in the order in which each may refer to those before it.
    package struct Stages: Codable, Sendable, Equatable {
        /// Gives the node's data.
        package var data: Stage
        /// Gives a new model; its parameters are what the round sends about.
        package var model: Stage
        /// Trains the model on the node's data.
        package var train: Stage
        /// Gives the model's metrics on the node's data.
        package var evaluate: Stage

        package subscript(name: StageName) -> Stage {
            switch name {
            case .data: data
            case .model: model
            case .train: train
            case .evaluate: evaluate
            }
        }
    }

    /// In the order in which the stages run.
    package enum StageName: String, Codable, Sendable, CaseIterable {
        case data, model, train, evaluate

        /// The stages whose outputs this one may take, in order.
        package var earlier: [StageName] { Array(Self.allCases.prefix { $0 != self }) }
    }

    /// One stage: exactly one of `call` and `command` is there.
    package struct Stage: Codable, Sendable, Equatable {
        /// The user's function; only where the runtime is Python.
        package var call: EntryPoint?
        /// Program and arguments.
        package var command: [String]?
        /// Parameter of the function to what it is given; parameters that are not here are filled in by their names.
        package var with: [String: Binding]
        /// What tells the number of examples: a number, or something that has a length. For `train` and `evaluate`.
        package var examples: Reference?
        /// Nil leaves it at the deadline of the round.
        package var timeout: FlowDuration?
    }
}
