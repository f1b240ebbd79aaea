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

    // MARK: - Schedules

    private mutating func schedules(_ parent: Fields, _ settings: [String: JSONValue]) -> [String: Schedule]? {
        guard let value = parent["schedule"] else { return nil }
        let path = parent.path(of: "schedule")
        guard case .map(let entries) = value.content, !entries.isEmpty else {
            refuse(value, path, allowed: "a map of settings to how they change")
            return nil
        }
        guard entries.count <= FlowRanges.schedules else {
            mistake(value.position, path, "found \(entries.count) entries, at most \(FlowRanges.schedules) are allowed")
            return nil
        }
        var schedules: [String: Schedule] = [:]
        for entry in entries {
            let path = KeyPathText.joined(path, entry.key)
            checkSetting(entry, path, settings)
            if let schedule = schedule(entry.value, path, isEpochs: entry.key == Flow.epochsName) {
                schedules[entry.key] = schedule
            }
        }
        return schedules
    }

    private mutating func checkSetting(_ entry: YAMLValue.Entry, _ path: String, _ settings: [String: JSONValue]) {
        guard entry.key != Flow.epochsName else { return }
        var here = JSONValue.object(settings)
        for step in entry.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init) {
            guard case .object(let members) = here, let next = members[step] else {
                let known: [String] = if case .object(let members) = here { members.keys.sorted() } else { [] }
                mistake(
                    entry.position,
                    path,
                    "there is no settings.\(entry.key) that it could change",
                    hint: NearestWord.of(step, among: known + [Flow.epochsName]).map { "did you mean \($0)?" }
                        ?? "add it to settings, with the value that holds outside of rounds"
                )
                return
            }
            here = next
        }
    }

    private mutating func schedule(_ value: YAMLValue, _ path: String, isEpochs: Bool) -> Schedule? {
        let fields = fields(value, path, keys: FlowKeys.schedule)
        guard fields.isMap else { return nil }
        let forms = [
            ["from", "factor", "every", "floor"].contains { fields[$0] != nil }, fields["cosine"] != nil,
            fields["values"] != nil,
        ]
        guard forms.count(where: { $0 }) == 1 else {
            mistake(value.position, path, "one of from with factor, cosine, and values is allowed, and needed")
            return nil
        }
        let any = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        var schedule = Schedule()
        if fields["cosine"] != nil {
            let inner = self.fields(fields, "cosine", keys: FlowKeys.cosine)
            let (from, to) = (needed(inner, "from", any), needed(inner, "to", any))
            if inner["rounds"] == nil, inner.isMap { isMissing(inner, "rounds") }
            guard let from, let to, let rounds = whole(inner, "rounds", FlowRanges.count) else { return nil }
            schedule.cosine = .init(from: from, to: to, rounds: rounds)
        } else if let values = fields["values"] {
            schedule.values = roundValues(values, fields.path(of: "values"), isEpochs: isEpochs)
            if schedule.values == nil { return nil }
        } else {
            schedule.from = needed(fields, "from", any)
            schedule.factor = needed(fields, "factor", Double.leastNonzeroMagnitude...1e6)
            schedule.every = whole(fields, "every", FlowRanges.count)
            schedule.floor = number(fields, "floor", any)
        }
        return schedule
    }

    /// A map from rounds to values.
    private mutating func roundValues(_ value: YAMLValue, _ path: String, isEpochs: Bool) -> [String: JSONValue]? {
        guard case .map(let entries) = value.content, !entries.isEmpty else {
            refuse(value, path, allowed: "a map of rounds to values, such as {1: 0.1, 10: 0.01},")
            return nil
        }
        var values: [String: JSONValue] = [:]
        for entry in entries {
            let path = KeyPathText.joined(path, entry.key)
            guard let round = Int(entry.key), FlowRanges.count.contains(round), String(round) == entry.key else {
                mistake(
                    entry.position,
                    path,
                    "found \(entry.key.quotedForPeople()), the number of a round from 1 is allowed"
                )
                continue
            }
            if isEpochs {
                guard case .int(let epochs) = entry.value.content, FlowRanges.count.contains(epochs) else {
                    refuse(entry.value, path, allowed: "a whole number from 1 to \(FlowRanges.count.upperBound)")
                    continue
                }
            }
            values[entry.key] = json(entry.value, path)
        }
        return values
    }

    private mutating func isMissing(_ fields: Fields, _ key: String) {
        mistake(fields.position, fields.path(of: key), "is missing")
    }

    private mutating func needed(_ fields: Fields, _ key: String, _ range: ClosedRange<Double>) -> Double? {
        if fields[key] == nil, fields.isMap { isMissing(fields, key) }
        return number(fields, key, range)
    }

    /// Any number within a range.
    mutating func number(_ fields: Fields, _ key: String, _ range: ClosedRange<Double>) -> Double? {
        guard let value = fields[key] else { return nil }
        switch value.content {
        case .int(let number) where range.contains(Double(number)): return Double(number)
        case .double(let number) where range.contains(number): return number
        default:
            let rule =
                switch (range.lowerBound, range.upperBound) {
                case (-Double.greatestFiniteMagnitude, _): "a number"
                case (Double.leastNonzeroMagnitude, _): "a number above 0"
                case (let least, Double.greatestFiniteMagnitude): "a number from \(Int(least))"
                case (let least, let most): "a number from \(Int(least)) to \(Int(most))"
                }
            refuse(value, fields.path(of: key), allowed: rule)
            return nil
        }
    }
}
