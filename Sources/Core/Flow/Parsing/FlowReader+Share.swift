extension FlowReader {
    /// Nil where it says what holds anyhow.
    mutating func share(_ parent: Fields, stages: Flow.Stages?) -> Flow.Share? {
        guard let value = parent["share"] else { return nil }
        let fields = fields(value, "share", keys: FlowKeys.share)
        var share = Flow.Share()
        if let value = fields["only"] { share.only = patterns(value, fields.path(of: "only")) }
        if let value = fields["except"] { share.except = patterns(value, fields.path(of: "except")) }
        if let value = fields["buffers"], let place = choice(value, "share.buffers", Flow.Place.self) {
            share.buffers = place
        }
        if let value = fields["batchNorm"], let place = choice(value, "share.batchNorm", Flow.Place.self) {
            share.batchNorm = place
        }
        if let value = fields["optimizer"], let optimizer = choice(value, "share.optimizer", Flow.Optimizer.self) {
            share.optimizer = optimizer
        }
        guard share != Flow.Share() else { return nil }
        for name in [Flow.StageName.model, .train, .evaluate] where stages?[name].command != nil {
            mistake(
                value.position,
                "share",
                "found beside \(name.rawValue) as a command, which decides by itself what it writes",
                hint: "leave share out, or make \(name.rawValue) a function"
            )
        }
        return share
    }

    /// One pattern, or a list of them.
    private mutating func patterns(_ value: YAMLValue, _ path: String) -> [TensorPattern] {
        if case .text = value.content { return pattern(value, path).map { [$0] } ?? [] }
        let rule = "a pattern of tensors such as head.**, or a list of them,"
        guard let items = list(value, path, most: FlowRanges.patterns, allowed: rule) else { return [] }
        if items.isEmpty { refuse(value, path, allowed: rule) }
        return items.enumerated().compactMap { pattern($1, "\(path)[\($0)]") }
    }

    private mutating func pattern(_ value: YAMLValue, _ path: String) -> TensorPattern? {
        text(value, path, allowed: TensorPattern.textRule, TensorPattern.init)
    }
}
