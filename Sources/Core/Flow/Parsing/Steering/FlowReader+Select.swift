/// Which clients a round asks.
extension FlowReader {
    mutating func choose(_ clients: inout Flow.Participants.Clients, _ fields: Fields) {
        if let value = fields["sample"] {
            clients.sample = number(fields, "sample", 0...1).flatMap { share in
                if share > 0 { return share }
                refuse(value, fields.path(of: "sample"), allowed: "a share above 0")
                return nil
            }
        }
        if let value = fields["extra"] { clients.extra = extra(value, fields.path(of: "extra")) }
        if let value = fields["select"] { clients.select = select(value, fields.path(of: "select")) }
        if let value = fields["extra"], fields["maximum"] == nil, fields["sample"] == nil {
            mistake(
                value.position,
                fields.path(of: "extra"),
                "asks for more clients than are needed, but all are needed",
                hint: "add maximum: 10, or sample: 0.1"
            )
        }
        if let value = fields["select"], let rule = clients.select {
            let isLimited = fields["maximum"] != nil || fields["sample"] != nil
            if rule.name != .all, !isLimited {
                mistake(
                    value.position,
                    fields.path(of: "select"),
                    "chooses among clients, but all take part",
                    hint: "add maximum: 10, or sample: 0.1"
                )
            } else if rule.name == .all, isLimited {
                mistake(value.position, fields.path(of: "select"), "leaves nobody out, but maximum or sample does")
            }
        }
    }

    private mutating func extra(_ value: YAMLValue, _ path: String) -> Wave? {
        switch value.content {
        case .int(let count) where FlowRanges.clients.contains(count): return .nodes(count)
        case .text(let text) where text.hasSuffix("%"):
            if let wave = Wave(text) { return wave }
            fallthrough
        default:
            refuse(value, path, allowed: "a number of clients from 1, or a share from 1% to 100%,")
            return nil
        }
    }

    /// A rule's name, or a map of the name and the rule's options.
    private mutating func select(_ value: YAMLValue, _ path: String) -> SelectRule? {
        guard case .map(let entries) = value.content else {
            guard let name = choice(value, path, SelectRule.Name.self) else { return nil }
            if name == .metric {
                mistake(value.position, path, "needs the name of a metric", hint: "write {name: metric, metric: loss}")
            }
            return SelectRule(name)
        }
        guard let named = entries.first(where: { $0.key == "name" }) else {
            mistake(value.position, KeyPathText.joined(path, "name"), "is missing", hint: "add name: random")
            return nil
        }
        guard let name = choice(named.value, KeyPathText.joined(path, "name"), SelectRule.Name.self) else { return nil }
        let fields = fields(value, path, keys: ["name"] + name.options)
        var rule = SelectRule(name)
        rule.metric = fields["metric"].flatMap { metricName($0, fields.path(of: "metric")) }
        if name == .metric, fields["metric"] == nil {
            mistake(value.position, fields.path(of: "metric"), "is missing", hint: "add metric: loss")
        }
        rule.prefer = fields["prefer"].flatMap { choice($0, fields.path(of: "prefer")) }
        rule.explore = number(fields, "explore", 0...1)
        rule.eps = number(fields, "eps", Double.leastNonzeroMagnitude...1e6)
        rule.minPoints = whole(fields, "minPoints", FlowRanges.clients)
        if let value = fields["features"] {
            let path = fields.path(of: "features")
            let shape = "a list of \(ClientHistory.ownFeatures.joined(separator: ", ")), or names of metrics,"
            let items = list(value, path, most: 20, allowed: shape) ?? []
            if case .list(let all) = value.content, all.isEmpty { refuse(value, path, allowed: shape) }
            rule.features = items.enumerated().compactMap { metricName($1, "\(path)[\($0)]") }
        }
        return rule
    }
}
