/// How rounds are steered: evaluation, early stop, the best model, schedules and contributions.
extension FlowReader {
    mutating func steer(_ rounds: inout Flow.Rounds, _ fields: Fields, _ settings: [String: JSONValue]) {
        rounds.schedule = schedules(fields, settings)
        if let value = fields["evaluate"] {
            let place = choice(value, fields.path(of: "evaluate"), EvaluationPlace.self)
            // The default is kept as nothing, so that files with and without it give equal flows.
            rounds.evaluate = place == .clients ? nil : place
        }
        if fields["stop"] != nil { rounds.stop = stop(fields) }
        if fields["best"] != nil {
            let best = self.fields(fields, "best", keys: FlowKeys.best)
            let (metric, mode) = (self.metric(best), self.mode(best))
            rounds.best = metric.map { BestRule(metric: $0, mode: mode) }
        }
        if fields["contribution"] != nil { rounds.contribution = contribution(fields) }
    }

    /// What one key alone can't tell.
    mutating func checkSteering(_ flow: Flow, _ parent: Fields) {
        let select = flow.participants.clients.select
        if select?.name == .contribution || select?.features?.contains("contribution") == true,
            flow.rounds.contribution == nil, case .map(let fields)? = parent["participants"]?.content,
            let clients = fields.first(where: { $0.key == "clients" })
        {
            mistake(
                clients.position,
                "participants.clients.select",
                "looks at contributions, which nothing measures",
                hint: "add rounds.contribution"
            )
        }
        guard case .map(let rounds)? = parent["rounds"]?.content,
            let contribution = rounds.first(where: { $0.key == "contribution" })
        else { return }
        if flow.rounds.contribution != nil, flow.rounds.evaluate == nil {
            mistake(
                contribution.position,
                "rounds.contribution",
                "contributions are measured on the server node's data, which rounds.evaluate leaves out",
                hint: "add evaluate: both, or evaluate: server"
            )
        }
        if flow.rounds.contribution != nil, flow.rounds.strategy.known == .scaffold {
            mistake(
                contribution.position,
                "rounds.contribution",
                "contributions are measured on means of some updates, which scaffold's control variates have no place in",
                hint: "use another strategy, or leave contribution out"
            )
        }
        if flow.rounds.contribution != nil, flow.rounds.strategy.known == .fedxgbbagging {
            mistake(
                contribution.position,
                "rounds.contribution",
                "contributions are measured on means of some updates, and trees have no mean",
                hint: "leave contribution out"
            )
        }
    }

    private mutating func stop(_ parent: Fields) -> StopRule? {
        let fields = self.fields(parent, "stop", keys: FlowKeys.stop)
        let (metric, mode) = (self.metric(fields), self.mode(fields))
        let patience = whole(fields, "patience", FlowRanges.count)
        let target = number(fields, "target", -.greatestFiniteMagnitude ... .greatestFiniteMagnitude)
        let minDelta = number(fields, "minDelta", 0...Double.greatestFiniteMagnitude) ?? 0
        if fields.isMap, fields["patience"] == nil, fields["target"] == nil {
            mistake(
                fields.position,
                fields.path,
                "found neither patience nor target, one of them is needed",
                hint: "add patience: 5"
            )
        }
        return metric.map {
            StopRule(metric: $0, mode: mode, patience: patience, minDelta: minDelta, target: target)
        }
    }

    private mutating func contribution(_ parent: Fields) -> ContributionRule? {
        let fields = self.fields(parent, "contribution", keys: FlowKeys.contribution)
        let (metric, mode) = (self.metric(fields), self.mode(fields))
        var method: ContributionRule.Method?
        if let value = fields["method"] {
            method = choice(value, fields.path(of: "method"))
        } else if fields.isMap {
            mistake(fields.position, fields.path(of: "method"), "is missing", hint: "add method: leave-one-out")
        }
        let permutations = whole(fields, "permutations", FlowRanges.permutations)
        let tolerance = number(fields, "tolerance", 0...Double.greatestFiniteMagnitude)
        guard let metric, let method else { return nil }
        var rule = ContributionRule(method: method, metric: metric, mode: mode)
        if let permutations { rule.permutations = permutations }
        if let tolerance { rule.tolerance = tolerance }
        return rule
    }

    /// The metric's name, which has to be there.
    private mutating func metric(_ fields: Fields) -> String? {
        guard let value = fields["metric"] else {
            if fields.isMap {
                mistake(fields.position, fields.path(of: "metric"), "is missing", hint: "add metric: accuracy")
            }
            return nil
        }
        return metricName(value, fields.path(of: "metric"))
    }

    mutating func metricName(_ value: YAMLValue, _ path: String) -> String? {
        text(value, path, allowed: "the name of a metric, of 1 to 200 bytes,") { name in
            (1...200).contains(name.utf8.count) ? name : nil
        }
    }

    private mutating func mode(_ fields: Fields) -> MetricMode {
        fields["mode"].flatMap { choice($0, fields.path(of: "mode")) } ?? .maximize
    }
}
