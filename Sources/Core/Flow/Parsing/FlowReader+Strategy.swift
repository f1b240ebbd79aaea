extension FlowReader {
    /// A name, or a map of the name and the strategy's options.
    mutating func strategy(_ value: YAMLValue, _ path: String) -> Flow.Strategy? {
        guard case .map(let entries) = value.content else {
            guard let name = choice(value, path, Flow.Strategy.Name.self) else { return nil }
            needs(name, [:], at: value.position, path)
            return Flow.Strategy(name: name.rawValue, options: [:])
        }
        guard let named = entries.first(where: { $0.key == "name" }) else {
            mistake(value.position, KeyPathText.joined(path, "name"), "is missing", hint: "add name: fedavg")
            return nil
        }
        guard let name = choice(named.value, KeyPathText.joined(path, "name"), Flow.Strategy.Name.self) else {
            return nil
        }
        let fields = fields(value, path, keys: ["name"] + name.options.map(\.key))
        var options: [String: JSONValue] = [:]
        for option in name.options {
            guard let given = fields[option.key] else { continue }
            switch given.content {
            case .int, .double, .bool:
                let value = json(given, fields.path(of: option.key))
                if option.allows(value) {
                    options[option.key] = value
                    continue
                }
            default: break
            }
            refuse(given, fields.path(of: option.key), allowed: option.rule)
            // Said already: it needn't be missing too.
            options[option.key] = .null
        }
        needs(name, options, at: value.position, path)
        return Flow.Strategy(name: name.rawValue, options: options)
    }

    private mutating func needs(
        _ name: Flow.Strategy.Name,
        _ options: [String: JSONValue],
        at position: YAMLValue.Position,
        _ path: String
    ) {
        for option in name.options where option.isNeeded && options[option.key] == nil {
            let example = option.key == "mu" ? "0.1" : "1"
            mistake(
                position,
                KeyPathText.joined(path, option.key),
                "is missing: \(name.rawValue) needs it, \(option.rule)",
                hint: "write {name: \(name.rawValue), \(option.key): \(example)}"
            )
        }
    }

    /// What a strategy asks of other parts of the flow.
    mutating func checkStrategy(_ flow: Flow, _ fields: Fields) {
        guard let position = fields["rounds"].flatMap({ $0["strategy"] })?.position else { return }
        let strategy = flow.rounds.strategy
        if let (updates, rule) = strategy.least, flow.participants.clients.minimum < updates {
            mistake(
                fields["participants"]?["clients"]?["minimum"]?.position ?? position,
                "participants.clients.minimum",
                "is \(flow.participants.clients.minimum), \(strategy.name) needs \(updates) clients (\(rule))",
                hint: "set minimum: \(updates)"
            )
        }
        if [.scaffold, .fednova].contains(strategy.known), flow.share?.optimizer == .kept {
            mistake(
                fields["share"]?["optimizer"]?.position ?? position,
                "share.optimizer",
                "is kept, and \(strategy.name) counts the steps of an optimiser that begins each round anew",
                hint: "leave share.optimizer out, or use another strategy"
            )
        }
        if strategy.known == .serverapp, flow.stages.train.call?.recipe != .flowerTrain {
            mistake(
                position,
                "rounds.strategy",
                "is serverapp, that of a Flower app's own ServerApp; train is no Flower app's",
                hint: "set train to fedops:flower.train, or use another strategy, such as fedavg"
            )
        }
        if strategy.known == .scaffold, flow.stages.train.command != nil {
            mistake(
                position,
                "rounds.strategy",
                "is scaffold, which corrects each step of a PyTorch optimiser; train is a command",
                hint: "use a function of PyTorch, or fedprox or fednova, which tell a command what to do"
            )
        }
    }
}

extension YAMLValue {
    /// The value under a key; nil where it isn't there, and for what is no map.
    fileprivate subscript(key: String) -> YAMLValue? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
