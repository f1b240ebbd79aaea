/// How settings and epochs change from round to round.
extension FlowReader {
    mutating func schedules(_ parent: Fields, _ settings: [String: JSONValue]) -> [String: Schedule]? {
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
}
