extension FlowReader {
    /// The steps of `build` or `test`: each a line for the shell, or a map.
    mutating func steps(_ parent: Fields, _ key: String) -> [Flow.Step] {
        guard let value = parent[key],
            let items = list(value, key, most: FlowRanges.steps, allowed: "a list of steps")
        else { return [] }
        var names: [String: Int] = [:]
        return items.enumerated().compactMap { index, item in
            let path = "\(key)[\(index)]"
            guard let step = step(item, path, name: "\(key)-\(index + 1)") else { return nil }
            if let first = names.updateValue(index, forKey: step.name) {
                mistake(
                    item.position,
                    "\(path).name",
                    "found \(step.name.quotedForPeople()), the name of \(key)[\(first)]; each name is allowed once"
                )
            }
            return step
        }
    }

    private mutating func step(_ value: YAMLValue, _ path: String, name: String) -> Flow.Step? {
        if case .text = value.content {
            return commandLine(value, path).map {
                Flow.Step(
                    name: name,
                    run: $0,
                    timeout: FlowDefaults.stepTimeout,
                    outputLimit: FlowDefaults.outputLimit
                )
            }
        }
        let fields = fields(value, path, keys: FlowKeys.step, allowed: "a line for the shell, or a map")
        let ownName = fields["name"].flatMap { value in
            text(value, fields.path(of: "name"), allowed: "a name of \(Names.rule),") { Names.isValid($0) ? $0 : nil }
        }
        let run = run(fields, of: value)
        let timeout = measure(fields, "timeout", FlowRanges.stepTimeout) ?? FlowDefaults.stepTimeout
        let limit = measure(fields, "outputLimit", FlowRanges.outputLimit) ?? FlowDefaults.outputLimit
        return run.map { Flow.Step(name: ownName ?? name, run: $0, timeout: timeout, outputLimit: limit) }
    }

    mutating func check(_ parent: Fields) -> Flow.Check? {
        guard let value = parent["check"] else { return nil }
        switch value.content {
        case .text, .list:
            return commandLine(value, "check").map { Flow.Check(run: $0, timeout: FlowDefaults.checkTimeout) }
        default:
            let fields = fields(value, "check", keys: FlowKeys.check, allowed: "a line for the shell, or a map")
            let run = run(fields, of: value)
            let timeout = measure(fields, "timeout", FlowRanges.checkTimeout) ?? FlowDefaults.checkTimeout
            return run.map { Flow.Check(run: $0, timeout: timeout) }
        }
    }

    private mutating func run(_ fields: Fields, of value: YAMLValue) -> CommandLine? {
        if let run = fields["run"] { return commandLine(run, fields.path(of: "run")) }
        if case .map = value.content {
            mistake(value.position, fields.path(of: "run"), "is missing", hint: "add run: a line for the shell")
        }
        return nil
    }

    /// A line for the shell, or a program with its arguments.
    mutating func commandLine(_ value: YAMLValue, _ path: String) -> CommandLine? {
        let rule = "a line for the shell, or a list of a program and its arguments,"
        switch value.content {
        case .text(let line) where !line.allSatisfy(\.isWhitespace) && Self.isArgument(line): return .shell(line)
        case .list(let items) where !items.isEmpty:
            guard items.count <= FlowRanges.arguments else {
                mistake(value.position, path, "found \(items.count) words, at most \(FlowRanges.arguments) are allowed")
                return nil
            }
            let words = items.enumerated().compactMap { index, item in
                text(
                    item,
                    "\(path)[\(index)]",
                    allowed: index == 0 ? "the name of a program" : "a text",
                    hint: { value in
                        switch value.content {
                        case .int, .double, .bool: "put it in quotes, \"\(value.source)\""
                        default: nil
                        }
                    },
                    { Self.isArgument($0) && (index > 0 || !$0.isEmpty) ? $0 : nil }
                )
            }
            return words.count == items.count ? .arguments(words) : nil
        default:
            refuse(value, path, allowed: rule)
            return nil
        }
    }

    /// The system ends an argument at a zero byte.
    private static func isArgument(_ text: String) -> Bool { !text.utf8.contains(0) }
}
