extension FlowReader {
    mutating func rollout(_ parent: Fields) -> Flow.RolloutPolicy {
        let fields = fields(parent, "rollout", keys: FlowKeys.rollout)
        var rollout = FlowDefaults.rollout
        if let value = fields["waves"] { rollout.waves = waves(value, fields.path(of: "waves")) }
        rollout.orderBy = fields["orderBy"].flatMap { value in
            text(value, fields.path(of: "orderBy"), allowed: Label.nameRule) { Label.isName($0) ? $0 : nil }
        }
        if let health = measure(fields, "health", FlowRanges.health) { rollout.health = health }
        if let hold = measure(fields, "hold", FlowRanges.wait) { rollout.hold = hold }
        if let value = fields["onFailure"],
            let policy = choice(value, fields.path(of: "onFailure"), Flow.FailurePolicy.self)
        {
            rollout.onFailure = policy
        }
        return rollout
    }

    /// Waves that rise; where the last isn't all nodes, one that is follows.
    private mutating func waves(_ value: YAMLValue, _ path: String) -> [Wave] {
        let rule = "a list of numbers of nodes such as 3, and then shares of them such as 25%,"
        guard let items = list(value, path, most: FlowRanges.waves, allowed: rule) else { return [] }
        guard !items.isEmpty else {
            refuse(value, path, allowed: rule)
            return []
        }
        var waves: [Wave] = []
        for (index, item) in items.enumerated() {
            let path = "\(path)[\(index)]"
            guard let wave = wave(item) else {
                refuse(item, path, allowed: "a number of nodes from 1, or a share from 1% to 100%,")
                continue
            }
            if let last = waves.last, let why = Self.flaw(of: wave, after: last) {
                mistake(item.position, path, "found \(wave) after \(last), \(why) is allowed")
                continue
            }
            waves.append(wave)
        }
        return waves.last == .percent(100) ? waves : waves + [.percent(100)]
    }

    private func wave(_ value: YAMLValue) -> Wave? {
        switch value.content {
        case .int(let count): count > 0 ? .nodes(count) : nil
        case .text(let text) where text.hasSuffix("%"): Wave(text)
        default: nil
        }
    }

    private static func flaw(of wave: Wave, after last: Wave) -> String? {
        switch (last, wave) {
        case (.nodes(let a), .nodes(let b)): b > a ? nil : "a number above \(a)"
        case (.percent(let a), .percent(let b)): b > a ? nil : "a share above \(a)%"
        case (.nodes, .percent): nil
        case (.percent(let a), .nodes): "a share above \(a)%, no number of nodes,"
        }
    }
}
