extension Flow {
    /// Reads `fedops.yaml` and finds all mistakes at once.
    ///
    /// Only `task` and `stages` have to be there; `docs/reference/flow.md` has every key with its default. The flow is
    /// nil where a diagnostic is an error. Nothing about the files that the flow names is checked.
    /// - Parameter file: the file's name, as diagnostics are to give it.
    package static func parse(yaml: String, file: String) -> (flow: Flow?, diagnostics: [Diagnostic]) {
        let document = YAMLDocument(yaml, file: file)
        var reader = FlowReader(file: file, diagnostics: document.diagnostics)
        let flow = document.root.map { reader.flow($0) }
        let diagnostics = reader.diagnostics.sorted()
        return (diagnostics.contains { $0.severity == .error } ? nil : flow ?? nil, diagnostics)
    }

    /// Reads the bytes of a file; those that aren't UTF-8 are a mistake with its place.
    package static func parse(bytes: some Collection<UInt8>, file: String) -> (flow: Flow?, diagnostics: [Diagnostic]) {
        if let text = String(validating: bytes, as: UTF8.self) { return parse(yaml: text, file: file) }
        let flaw = UTF8Flaw(bytes)
        let mistake = Diagnostic(
            file: file,
            line: flaw.line,
            column: flaw.column,
            message: "found the byte 0x\(String(flaw.byte, radix: 16)), text in UTF-8 is allowed"
        )
        return (nil, [mistake])
    }
}

/// The first place at which bytes stop being UTF-8.
private struct UTF8Flaw {
    var line = 1
    var column = 1
    var byte: UInt8 = 0

    init(_ bytes: some Collection<UInt8>) {
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            let scalar = rest.prefix(length)
            guard String(validating: scalar, as: UTF8.self) != nil else {
                byte = first
                return
            }
            if first == UInt8(ascii: "\n") { (line, column) = (line + 1, 1) } else { column += 1 }
            rest = rest.dropFirst(scalar.count)
        }
    }
}

extension FlowReader {
    mutating func flow(_ root: YAMLValue) -> Flow? {
        let fields = fields(root, "", keys: FlowKeys.flow)
        guard case .map = root.content else { return nil }
        let task = fields["task"].flatMap { value in
            text(value, "task", allowed: "a name of \(Names.rule),") { Names.isValid($0) ? $0 : nil }
        }
        if fields["task"] == nil { missing("task", "the name of the task") }
        let runtime = runtime(fields)
        let settings = settings(fields)
        let stages = stages(fields, runtime: runtime.kind, settings: settings)
        if fields["stages"] == nil { missing("stages", "the functions that are run, data, model, train and evaluate") }
        let flow = Flow(
            task: task ?? "",
            runtime: runtime,
            build: steps(fields, "build"),
            test: steps(fields, "test"),
            stages: stages ?? Flow.Stages.none,
            check: check(fields),
            settings: settings,
            share: share(fields, stages: stages),
            rounds: rounds(fields, settings: settings),
            participants: participants(fields),
            rollout: rollout(fields),
            onNewRevision: fields["onNewRevision"].flatMap { choice($0, "onNewRevision") }
                ?? FlowDefaults.onNewRevision,
            engine: engine(fields, runtime: runtime.kind),
            trackers: trackers(fields, runtime: runtime.kind)
        )
        warnOfTimeouts(flow, fields)
        if stages != nil { checkStrategy(flow, fields) }
        checkSteering(flow, fields)
        return task == nil || stages == nil ? nil : flow
    }

    private mutating func missing(_ key: String, _ what: String) {
        mistake(.start, key, "is missing", hint: "add \(key): \(what)")
    }

    private mutating func engine(_ fields: Fields, runtime: Flow.Runtime.Kind) -> Flow.Engine {
        guard let value = fields["engine"] else { return FlowDefaults.engine }
        let engine = choice(value, "engine", Flow.Engine.self) ?? FlowDefaults.engine
        if engine == .flower, runtime == .command {
            mistake(
                value.position,
                "engine",
                "found \(value.found), embedded is allowed where the runtime is command: Flower runs in the flow's Python"
            )
        }
        return engine
    }

    private mutating func runtime(_ parent: Fields) -> Flow.Runtime {
        guard let value = parent["runtime"] else { return FlowDefaults.runtime }
        if case .text = value.content {
            return choice(value, "runtime").map { Flow.Runtime(kind: $0) } ?? FlowDefaults.runtime
        }
        let fields = fields(value, "runtime", keys: FlowKeys.runtime)
        let kind = fields["kind"].flatMap { choice($0, fields.path(of: "kind"), Flow.Runtime.Kind.self) } ?? .python
        var runtime = Flow.Runtime(kind: kind)
        runtime.python = fields["python"].flatMap { python($0, fields.path(of: "python")) }
        runtime.requirements = fields["requirements"].flatMap { value in
            text(
                value,
                fields.path(of: "requirements"),
                allowed: "the path of a file of requirements, relative to the flow's folder and inside it,"
            ) { RelativeFile.isValid($0) ? $0 : nil }
        }
        runtime.path = fields["path"].flatMap { value in
            text(
                value,
                fields.path(of: "path"),
                allowed: "a folder that imports start from, such as src, relative to the flow's folder and inside it,"
            ) { RelativeFile.isValid($0) ? $0 : nil }
        }
        for key in ["python", "requirements", "path"] where kind == .command {
            if let value = fields[key] {
                mistake(
                    value.position,
                    fields.path(of: key),
                    "found \(value.found), nothing is allowed where the runtime is command"
                )
            }
        }
        return runtime
    }

    /// `3.10` without quotes is a number to YAML; what the file says is meant.
    private mutating func python(_ value: YAMLValue, _ path: String) -> String? {
        var value = value
        if case .double = value.content { value.content = .text(value.source) }
        return text(value, path, allowed: "a version of Python such as \"3.11\" or \">=3.11\"") { text in
            let parts = text.drop { ">=".contains($0) }.split(separator: ".", omittingEmptySubsequences: false)
            let isVersion =
                parts.count == 2 && parts[0] == "3" && (1...2).contains(parts[1].utf8.count)
                && parts[1].utf8.allSatisfy(\.isASCIIDigit)
            return isVersion && (!text.hasPrefix(">") && !text.hasPrefix("=") || text.hasPrefix(">=3")) ? text : nil
        }
    }

    private mutating func settings(_ parent: Fields) -> [String: JSONValue] {
        guard let value = parent["settings"] else { return [:] }
        guard case .map = value.content, case .object(let settings) = json(value, "settings") else {
            refuse(value, "settings", allowed: "a map of settings")
            return [:]
        }
        return settings
    }
}

/// Paths that a flow names: relative to its own folder, and inside it.
enum RelativeFile {
    static func isValid(_ path: String) -> Bool {
        (1...1024).contains(path.utf8.count) && !path.hasPrefix("/") && !path.contains("\\")
            && !path.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part != "." && part != ".."
            }
    }
}
