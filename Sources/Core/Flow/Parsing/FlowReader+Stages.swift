extension FlowReader {
    mutating func stages(_ parent: Fields, runtime: Flow.Runtime.Kind, settings: [String: JSONValue]) -> Flow.Stages? {
        guard let value = parent["stages"] else { return nil }
        let fields = fields(value, "stages", keys: FlowKeys.stages)
        var stages: [Flow.StageName: Flow.Stage] = [:]
        for name in Flow.StageName.allCases {
            let path = fields.path(of: name.rawValue)
            if let value = fields[name.rawValue] {
                let reader = StageReader(name: name, path: path, runtime: runtime, settings: settings)
                stages[name] = reader.stage(value, &self)
            } else if case .map = value.content {
                mistake(
                    value.position,
                    path,
                    "is missing, all of \(FlowKeys.stages.joined(separator: ", ")) are needed",
                    hint: "add \(name.rawValue): module:function"
                )
            }
        }
        guard let data = stages[.data], let model = stages[.model], let train = stages[.train],
            let evaluate = stages[.evaluate]
        else { return nil }
        return Flow.Stages(data: data, model: model, train: train, evaluate: evaluate)
    }

    /// Timeouts that can't be reached.
    mutating func warnOfTimeouts(_ flow: Flow, _ parent: Fields) {
        guard case .map(let entries)? = parent["stages"]?.content else { return }
        for entry in entries {
            guard let name = Flow.StageName(rawValue: entry.key), let timeout = flow.stages[name].timeout,
                timeout > flow.rounds.deadline, case .map(let fields) = entry.value.content,
                let field = fields.first(where: { $0.key == "timeout" })
            else { continue }
            mistake(
                field.value.position,
                "stages.\(entry.key).timeout",
                "\(timeout) is longer than rounds.deadline, \(flow.rounds.deadline), which ends the stage first",
                severity: .warning
            )
        }
    }
}

extension Flow.Stages {
    /// Stands in where the file has none; never part of a flow that is given out.
    static let none: Flow.Stages = {
        let stage = Flow.Stage(with: [:])
        return Flow.Stages(data: stage, model: stage, train: stage, evaluate: stage)
    }()
}

/// Reads one stage: a function alone, or a map.
private struct StageReader {
    let name: Flow.StageName
    let path: String
    let runtime: Flow.Runtime.Kind
    let settings: [String: JSONValue]

    private static let forms = "module:function, or a map with call or command,"

    func stage(_ value: YAMLValue, _ reader: inout FlowReader) -> Flow.Stage? {
        if case .text = value.content {
            guard let call = reader.text(value, path, allowed: "a function as \(Self.forms)", EntryPoint.init) else {
                return nil
            }
            refuseCall(value, path, &reader)
            checkRecipe(call, value, path, &reader)
            return Flow.Stage(call: call, with: [:])
        }
        let keys = name == .train || name == .evaluate ? FlowKeys.countingStage : FlowKeys.stage
        guard case .map = value.content else {
            reader.refuse(value, path, allowed: "a function as \(Self.forms)")
            return nil
        }
        let fields = reader.fields(value, path, keys: keys)
        var stage = Flow.Stage(with: [:])
        if let call = fields["call"] {
            stage.call = reader.text(call, fields.path(of: "call"), allowed: EntryPoint.textRule, EntryPoint.init)
            refuseCall(call, fields.path(of: "call"), &reader)
            if let entry = stage.call { checkRecipe(entry, call, fields.path(of: "call"), &reader) }
        }
        if let command = fields["command"] {
            stage.command = reader.commandLine(command, fields.path(of: "command"))?.arguments
            if let call = fields["call"] {
                reader.mistake(
                    max(call.position, command.position),
                    path,
                    "found both call and command, one of them is allowed"
                )
            }
        }
        if fields["call"] == nil, fields["command"] == nil {
            reader.mistake(
                fields.position,
                path,
                "found neither call nor command, one of them is needed",
                hint: runtime == .python ? "add call: module:function" : "add command: [program, argument]"
            )
        }
        stage.with = with(fields, hasCall: fields["call"] != nil, &reader)
        if let value = fields["examples"] { stage.examples = examples(value, fields.path(of: "examples"), &reader) }
        stage.timeout = reader.measure(fields, "timeout", FlowRanges.stageTimeout)
        return stage.call == nil && stage.command == nil ? nil : stage
    }

    private func refuseCall(_ value: YAMLValue, _ path: String, _ reader: inout FlowReader) {
        guard runtime == .command else { return }
        reader.mistake(
            value.position,
            path,
            "found a function, a command is allowed where the runtime is command",
            hint: "write command: [program, argument], or set runtime to python"
        )
    }

    private func checkRecipe(_ call: EntryPoint, _ value: YAMLValue, _ path: String, _ reader: inout FlowReader) {
        guard call.isRecipe, call.recipe == nil else { return }
        let known = Recipe.allCases.map(\.rawValue)
        reader.mistake(
            value.position,
            path,
            "found \(call), but FedOps brings no such function; there are \(known.joined(separator: ", "))",
            hint: NearestWord.of(call.function, among: known).map { "did you mean \(Recipe.module):\($0)?" }
        )
    }

    private func with(_ fields: FlowReader.Fields, hasCall: Bool, _ reader: inout FlowReader) -> [String: Binding] {
        guard let value = fields["with"] else { return [:] }
        let path = fields.path(of: "with")
        guard case .map(let entries) = value.content else {
            reader.refuse(value, path, allowed: "a map of the function's parameters")
            return [:]
        }
        if !hasCall, fields["command"] != nil, !entries.isEmpty {
            reader.mistake(value.position, path, "found parameters, they are allowed beside call only")
        }
        var bindings: [String: Binding] = [:]
        for entry in entries {
            let path = KeyPathText.joined(path, entry.key)
            guard EntryPoint("module:\(entry.key)") != nil, !entry.key.contains(".") else {
                reader.mistake(
                    entry.position,
                    path,
                    "found the parameter \(entry.key.quotedForPeople()), a Python name is allowed"
                )
                continue
            }
            guard let binding = Binding(reader.json(entry.value, path)) else {
                reader.refuse(
                    entry.value,
                    path,
                    allowed: Reference.textRule,
                    hint: "a text that begins with $ is written with $$"
                )
                continue
            }
            if case .reference(let reference) = binding { check(reference, entry.value, path, name.earlier, &reader) }
            bindings[entry.key] = binding
        }
        return bindings
    }

    /// What counts the examples may be something that the stage itself gives back.
    private func examples(_ value: YAMLValue, _ path: String, _ reader: inout FlowReader) -> Reference? {
        guard let reference = reader.text(value, path, allowed: Reference.textRule, Reference.init) else { return nil }
        check(reference, value, path, name.earlier + [name], &reader)
        return reference
    }

    /// Whether what is referred to is there by the time that the stage runs.
    private func check(
        _ reference: Reference,
        _ value: YAMLValue,
        _ path: String,
        _ available: [Flow.StageName],
        _ reader: inout FlowReader
    ) {
        switch reference.source {
        case .data, .model, .train:
            guard let stage = Flow.StageName(rawValue: reference.source.rawValue), !available.contains(stage) else {
                return
            }
            let earlier = available.map { "$\($0.rawValue)" }
            reader.mistake(
                value.position,
                path,
                "found \(reference), which does not exist yet when \(name.rawValue) runs; "
                    + (earlier.isEmpty
                        ? "no output of a stage is allowed here"
                        : "of the stages' outputs \(earlier.joined(separator: ", ")) "
                            + (earlier.count == 1 ? "is allowed" : "are allowed"))
            )
        case .settings:
            var here = JSONValue.object(settings)
            for (depth, step) in reference.path.enumerated() {
                if let next = here[step] {
                    here = next
                    continue
                }
                let known: [String] = if case .object(let members) = here { members.keys.sorted() } else { [] }
                let missing = (["settings"] + reference.path.prefix(depth + 1)).joined(separator: ".")
                reader.mistake(
                    value.position,
                    path,
                    "found \(reference), but there is no \(missing)",
                    hint: NearestWord.of(step, among: known).map { "did you mean \($0)?" }
                )
                return
            }
        case .round, .epochs, .node, .labels: return
        }
    }
}
