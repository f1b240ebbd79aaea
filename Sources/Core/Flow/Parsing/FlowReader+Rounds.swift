extension FlowReader {
    mutating func rounds(_ parent: Fields, settings: [String: JSONValue]) -> Flow.Rounds {
        let fields = fields(parent, "rounds", keys: FlowKeys.rounds)
        var rounds = FlowDefaults.rounds
        if let count = whole(fields, "count", FlowRanges.count) { rounds.count = count }
        if let value = fields["strategy"], let strategy = strategy(value, fields.path(of: "strategy")) {
            rounds.strategy = strategy
        }
        if let deadline = measure(fields, "deadline", FlowRanges.deadline) { rounds.deadline = deadline }
        if let interval = measure(fields, "interval", FlowRanges.interval) { rounds.interval = interval }
        if let epochs = whole(fields, "epochs", FlowRanges.count) { rounds.epochs = epochs }
        if let retries = whole(fields, "retries", FlowRanges.retries) { rounds.retries = retries }
        steer(&rounds, fields, settings)
        return rounds
    }

    mutating func participants(_ parent: Fields) -> Flow.Participants {
        let fields = fields(parent, "participants", keys: FlowKeys.participants)
        let server = self.fields(fields, "server", keys: FlowKeys.server)
        let clients = self.fields(fields, "clients", keys: FlowKeys.clients)
        var chosen = FlowDefaults.clients
        chosen.selector = selector(clients)
        if let minimum = whole(clients, "minimum", FlowRanges.clients) { chosen.minimum = minimum }
        chosen.maximum = whole(clients, "maximum", FlowRanges.clients)
        choose(&chosen, clients)
        if let wait = measure(clients, "wait", FlowRanges.wait) { chosen.wait = wait }
        if let maximum = chosen.maximum, maximum < chosen.minimum, let value = clients["maximum"] {
            refuse(value, clients.path(of: "maximum"), allowed: "at least the minimum, \(chosen.minimum),")
        }
        return Flow.Participants(server: .init(selector: selector(server)), clients: chosen)
    }

    /// A map of label names to a value, or to a list of values.
    private mutating func selector(_ parent: Fields) -> LabelSelector {
        guard let value = parent["selector"] else { return LabelSelector() }
        let path = parent.path(of: "selector")
        guard case .map(let entries) = value.content else {
            refuse(value, path, allowed: "a map of label names to values")
            return LabelSelector()
        }
        var requirements: [String: [String]] = [:]
        for entry in entries {
            let path = KeyPathText.joined(path, entry.key)
            guard Label.isName(entry.key) else {
                mistake(entry.position, path, "found \(entry.key.quotedForPeople()), \(Label.nameRule) is allowed")
                continue
            }
            if case .list(let items) = entry.value.content, !items.isEmpty {
                requirements[entry.key] = items.enumerated().compactMap { labelValue($1, "\(path)[\($0)]") }
            } else {
                requirements[entry.key] = labelValue(entry.value, path).map { [$0] }
            }
        }
        return LabelSelector(requirements)
    }

    private mutating func labelValue(_ value: YAMLValue, _ path: String) -> String? {
        text(
            value,
            path,
            allowed: "\(Label.valueRule), or a list of them,",
            hint: { value in
                switch value.content {
                case .int, .double, .bool, .unfitNumber: "put it in quotes, \"\(value.source)\""
                default: nil
                }
            },
            { Label.isValue($0) ? $0 : nil }
        )
    }
}
