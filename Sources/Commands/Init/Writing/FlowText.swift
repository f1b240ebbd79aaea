import Core

/// A draft as the text of `fedops.yaml`, with comments that say where each value comes from.
struct FlowText {
    let draft: FlowDraft
    private var lines: [String] = []

    init(_ draft: FlowDraft) {
        self.draft = draft
        head()
        runtime()
        stages()
        settings()
        rest()
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private mutating func line(_ text: String = "", indent: Int = 0, why: String? = nil) {
        let comment = why.map { "  # " + YAMLText.comment($0) } ?? ""
        lines.append(String(repeating: "  ", count: indent) + text + comment)
    }

    private mutating func comment(_ text: String, indent: Int = 0) {
        line("# " + YAMLText.comment(text), indent: indent)
    }

    private mutating func head() {
        comment("Written by fedops init, from reading the project: \(draft.shapes.joined(separator: ", ")).")
        comment("GUESS marks what deserves a look, TODO what is missing. The keys: docs/reference/flow.md of FedOps.")
        line("task: \(YAMLText.text(draft.task))")
        line()
    }

    private mutating func runtime() {
        let runtime = draft.runtime
        if runtime.kind == .command {
            line("runtime: command")
            line()
            return
        }
        line("runtime:")
        line("kind: python", indent: 1)
        if let python = runtime.python {
            line("python: \"\(python)\"", indent: 1, why: draft.pythonEvidence)
        }
        if let path = runtime.path { line("path: \(YAMLText.text(path))", indent: 1, why: "imports start from there") }
        if let file = runtime.requirements {
            line("requirements: \(YAMLText.text(file))", indent: 1, why: draft.requirementsEvidence)
        } else {
            comment("requirements: requirements.txt   # TODO: no file of requirements was found", indent: 1)
        }
        line()
    }

    private mutating func stages() {
        line("stages:")
        for stage in Flow.StageName.allCases { self.stage(stage) }
        line()
    }

    private mutating func stage(_ stage: Flow.StageName) {
        guard let candidate = draft.plan.chosen[stage], let bound = draft.plan.bound[stage] else {
            comment("TODO: no function for this stage was found. Name yours: module:function", indent: 1)
            line("\(stage.rawValue): \(FlowDraft.missing):\(stage.rawValue)", indent: 1)
            return
        }
        comment("\(candidate.description): \(candidate.why)", indent: 1)
        if case .command(let words) = candidate.kind {
            let list = words.map { YAMLText.text($0) }.joined(separator: ", ")
            line("\(stage.rawValue): {command: [\(list)]}", indent: 1)
            return
        }
        for missing in bound.unbound {
            comment("TODO: nothing fills in \(missing.name): \(missing.why). Bind it by with:", indent: 1)
        }
        guard !bound.with.isEmpty || candidate.examples != nil else {
            line("\(stage.rawValue): \(YAMLText.text(candidate.text))", indent: 1)
            return
        }
        line("\(stage.rawValue):", indent: 1)
        line("call: \(YAMLText.text(candidate.text))", indent: 2)
        if !bound.with.isEmpty { line("with:", indent: 2) }
        for binding in bound.with {
            let why = [binding.isGuess ? "GUESS" : nil, binding.why].compactMap { $0 }.joined(separator: ": ")
            line(
                "\(binding.name): \(YAMLText.value(binding.binding.source))",
                indent: 3,
                why: why.isEmpty ? nil : why
            )
        }
        if let examples = candidate.examples { line("examples: \(examples)", indent: 2) }
    }

    private mutating func settings() {
        guard !draft.settings.isEmpty || !draft.optional.isEmpty else { return }
        if draft.settings.isEmpty {
            comment("Parameters that have a default; take one in to change it.")
            comment("settings:")
        } else {
            line("settings:")
        }
        for setting in draft.settings {
            line(
                "\(YAMLText.text(setting.name)): \(YAMLText.value(setting.value))",
                indent: 1,
                why: setting.isGuess ? "GUESS: \(setting.why)" : setting.why
            )
        }
        for setting in draft.optional {
            comment("\(YAMLText.text(setting.name)): \(YAMLText.value(setting.value))   # \(setting.why)", indent: 1)
        }
        line()
    }

    private mutating func rest() {
        line("rounds:")
        line("count: 10", indent: 1)
        if draft.shapes == [XGBoostRecogniser.shape] {
            line("strategy: fedxgbbagging", indent: 1, why: "trees have no mean: those of all nodes are appended")
        }
        line(
            "epochs: \(draft.epochs)",
            indent: 1,
            why: draft.epochsEvidence ?? "passes over a node's data in one round"
        )
        line()
        line("participants:")
        line("clients:", indent: 1)
        line("minimum: 2", indent: 2, why: "fewer ready clients, and no round starts")
    }
}
