import Core

/// What an import changes of the candidates: those that can't be are dropped, and what the data are is known.
struct Sharpening {
    var candidates: [Flow.StageName: [StageCandidate]]
    var notes: [String] = []

    /// The functions that are worth it: those of the plan, and the next models. Models are called; data are where
    /// their parts can't be told from the text.
    static func wanted(_ plan: Plan, _ candidates: [Flow.StageName: [StageCandidate]])
        -> [(entry: EntryPoint, arguments: [String: JSONValue]?)]
    {
        var wanted: [(entry: EntryPoint, arguments: [String: JSONValue]?)] = []
        func add(_ candidate: StageCandidate, _ arguments: [String: JSONValue]?) {
            guard case .call(let call) = candidate.kind, !call.isRecipe, candidate.place != nil,
                !call.function.contains("."), !wanted.contains(where: { $0.entry == call })
            else { return }
            wanted.append((call, arguments))
        }
        for (stage, candidate) in plan.chosen.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            switch stage {
            case .model: add(candidate, constants(plan.bound[stage], candidate))
            case .data:
                let isTold = candidate.returns?.names.isEmpty == false
                add(candidate, isTold ? nil : constants(plan.bound[stage], candidate))
            case .train, .evaluate: add(candidate, nil)
            }
        }
        for model in (candidates[.model] ?? []).prefix(3) where model.parameters.allSatisfy({ !$0.required }) {
            add(model, [:])
        }
        return wanted
    }

    /// Nil where something is needed that only a node has; a parameter of that kind that has a default keeps it.
    private static func constants(_ bound: ParameterBinder.Bound?, _ candidate: StageCandidate) -> [String: JSONValue]?
    {
        guard let bound, bound.unbound.isEmpty else { return nil }
        var arguments: [String: JSONValue] = [:]
        for line in bound.with {
            let isOptional = candidate.parameters.contains { $0.name == line.name && !$0.required }
            switch line.binding {
            case .constant(let value): arguments[line.name] = value
            case .reference(let reference) where reference.path == ["partition-id"]: arguments[line.name] = .int(0)
            case .reference(let reference) where reference.path == ["num-partitions"]: arguments[line.name] = .int(3)
            case .reference where isOptional: continue
            case .reference: return nil
            }
        }
        for setting in bound.settings { arguments[setting.name] = setting.value }
        return arguments
    }

    mutating func apply(_ found: [String: ImportLook.Found]) {
        for (stage, list) in candidates {
            var kept: [StageCandidate] = []
            for candidate in list {
                guard let found = found[candidate.text] else {
                    kept.append(candidate)
                    continue
                }
                if let sharpened = sharpened(candidate, stage, found) { kept.append(sharpened) }
            }
            candidates[stage] = kept.sorted { $0.score > $1.score }
        }
    }

    private mutating func sharpened(_ candidate: StageCandidate, _ stage: Flow.StageName, _ found: ImportLook.Found)
        -> StageCandidate?
    {
        var candidate = candidate
        if let error = found.error {
            note("\(candidate.text) could not be imported here: \(error)")
            return candidate
        }
        if found.isCallable == false { return nil }
        guard let made = found.made else {
            if let error = found.callError { note("\(candidate.text) was called on trial and raised \(error)") }
            return candidate
        }
        if stage == .model {
            if made.isModel {
                candidate.score += 10
                let name = made.type.split(separator: ".").last.map(String.init) ?? made.type
                let isTold = candidate.why.contains(name) || candidate.text.hasSuffix(":\(name)")
                candidate.why += isTold ? ", and worked on trial" : "; on trial it gave a \(name)"
            } else {
                note("\(candidate.text) gave a \(made.type) on trial, which is no model")
                candidate.score -= 60
            }
        } else if stage == .data {
            if let keys = made.keys {
                let names = Dictionary(uniqueKeysWithValues: keys.map { ($0, [$0]) })
                candidate.returns = .init(kind: "dictionary", elements: [], names: names)
            } else if let elements = made.elements, candidate.returns?.kind != "tuple" {
                let names = Self.usual(elements)
                candidate.returns = .init(
                    kind: "tuple",
                    elements: names.map { .init(name: $0, call: nil) },
                    names: [:]
                )
                candidate.why += "; on trial it gave \(elements.count) parts"
            }
        }
        return candidate
    }

    /// What parts without names usually are, by their number and types.
    private static func usual(_ types: [String]) -> [String] {
        let areLoaders = types.allSatisfy { $0.contains("DataLoader") || $0.contains("Dataset") }
        return switch (types.count, areLoaders) {
        case (2, true): ["train_loader", "test_loader"]
        case (3, true): ["train_loader", "val_loader", "test_loader"]
        case (2, false): ["X", "y"]
        case (4, false): ["X_train", "X_test", "y_train", "y_test"]
        default: types.indices.map { "part\($0)" }
        }
    }

    private mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }
}
