extension Flow.Tracker {
    /// Reads a site's file: a map with the one key `trackers`, as in a flow; each may have `python` too.
    package static func parse(yaml: String, file: String) -> (trackers: [Flow.Tracker], diagnostics: [Diagnostic]) {
        let document = YAMLDocument(yaml, file: file)
        var reader = FlowReader(file: file, diagnostics: document.diagnostics)
        guard let root = document.root else { return ([], reader.diagnostics.sorted()) }
        let fields = reader.fields(root, "", keys: ["trackers"])
        let trackers = reader.trackers(fields, isSite: true) ?? []
        return (trackers, reader.diagnostics.sorted())
    }
}

extension FlowReader {
    /// Those of a flow, whose libraries come with its requirements.
    mutating func trackers(_ parent: Fields, runtime: Flow.Runtime.Kind) -> [Flow.Tracker]? {
        let trackers = trackers(parent)
        if let value = parent["trackers"], trackers != nil, runtime == .command {
            mistake(
                value.position,
                "trackers",
                "found where the runtime is command: trackers' libraries are packages of the flow's Python",
                hint: "leave trackers out, and let the server node's site name them"
            )
        }
        return trackers
    }

    /// Nil where there are none.
    mutating func trackers(_ parent: Fields, isSite: Bool = false) -> [Flow.Tracker]? {
        guard let value = parent["trackers"] else { return nil }
        let rule =
            "a list of trackers, each one of \(Flow.Tracker.Name.allCases.map(\.rawValue).joined(separator: ", ")),"
        guard let items = list(value, "trackers", most: FlowRanges.trackers, allowed: rule) else { return nil }
        let trackers = items.enumerated().compactMap { tracker($1, "trackers[\($0)]", isSite: isSite) }
        return trackers.isEmpty ? nil : trackers
    }

    private mutating func tracker(_ value: YAMLValue, _ path: String, isSite: Bool) -> Flow.Tracker? {
        guard case .map = value.content else {
            return choice(value, path, Flow.Tracker.Name.self).map { Flow.Tracker($0) }
        }
        let fields = fields(value, path, keys: FlowKeys.tracker + (isSite ? ["python"] : []))
        guard let named = fields["name"] else {
            mistake(value.position, fields.path(of: "name"), "is missing", hint: "add name: mlflow")
            return nil
        }
        guard let name = choice(named, fields.path(of: "name"), Flow.Tracker.Name.self) else { return nil }
        for key in FlowKeys.tracker where key != "name" && !name.options.contains(key) {
            guard let other = fields[key] else { continue }
            mistake(
                other.position,
                fields.path(of: key),
                "\(name.rawValue) has no \(key): \(name.options.joined(separator: ", ")) \(name.options.count == 1 ? "is" : "are") allowed"
            )
        }
        var tracker = Flow.Tracker(name)
        tracker.url = text(fields, "url", "an address such as https://tracker.example, without user and password,") {
            Self.isAddress($0, name) ? $0 : nil
        }
        for (key, place) in [("project", \Flow.Tracker.project), ("entity", \.entity), ("user", \.user)] {
            tracker[keyPath: place] = text(fields, key, "a text of 1 to 128 characters") {
                (1...128).contains($0.count) && !$0.contains(where: \.isNewline) ? $0 : nil
            }
        }
        tracker.keyFile = text(
            fields,
            "keyFile",
            "the absolute path of a file on the server node, or $NAME of the environment variable that has the path,"
        ) { Self.isKeyFile($0) ? $0 : nil }
        tracker.mode = fields["mode"].flatMap { choice($0, fields.path(of: "mode")) }
        tracker.folder = text(fields, "folder", "an absolute path, or one inside the node's folder for the task,") {
            RelativeFile.isValid($0.hasPrefix("/") ? String($0.dropFirst()) : $0) ? $0 : nil
        }
        tracker.models = whole(fields, "models", FlowRanges.count)
        if isSite {
            tracker.python = text(fields, "python", "the absolute path of an interpreter") {
                $0.hasPrefix("/") ? $0 : nil
            }
        }
        return tracker
    }

    private mutating func text(
        _ fields: Fields,
        _ key: String,
        _ allowed: String,
        _ parse: (String) -> String?
    ) -> String? {
        fields[key].flatMap { text($0, fields.path(of: key), allowed: allowed, parse) }
    }

    /// Keys are kept out of flows: an address must not bring one.
    private static func isAddress(_ text: String, _ name: Flow.Tracker.Name) -> Bool {
        let schemes = ["http://", "https://"] + (name == .mlflow ? ["sqlite:///"] : [])
        guard let scheme = schemes.first(where: text.hasPrefix), text.count <= 1024 else { return false }
        let rest = text.dropFirst(scheme.count)
        return !rest.isEmpty && !rest.contains("@") && !rest.contains { $0.isWhitespace }
    }

    private static func isKeyFile(_ text: String) -> Bool {
        if text.hasPrefix("$") { return text.wholeMatch(of: /\$[A-Za-z_][A-Za-z0-9_]*/) != nil }
        return text.hasPrefix("/") && RelativeFile.isValid(String(text.dropFirst()))
    }
}
