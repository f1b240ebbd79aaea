/// Reads values of a flow's file, and keeps every mistake that it meets; what is wrong is replaced by its default, so
/// that reading goes on and all mistakes are found at once.
struct FlowReader {
    let file: String
    var diagnostics: [Diagnostic] = []

    /// A map's values by key, and where the map is.
    struct Fields {
        let path: String
        let position: YAMLValue.Position
        /// Whether the file has a map here.
        var isMap = true
        private let values: [String: YAMLValue]

        init(_ entries: [YAMLValue.Entry] = [], path: String, position: YAMLValue.Position) {
            self.path = path
            self.position = position
            values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
        }

        subscript(key: String) -> YAMLValue? { values[key] }

        func path(of key: String) -> String { KeyPathText.joined(path, key) }
    }

    mutating func mistake(
        _ position: YAMLValue.Position,
        _ path: String,
        _ message: String,
        hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        diagnostics.append(
            Diagnostic(
                severity: severity,
                file: file,
                line: position.line,
                column: position.column,
                path: path,
                message: message,
                hint: hint
            )
        )
    }

    /// Says what was found and what is allowed; silent where the value itself was reported before.
    mutating func refuse(_ value: YAMLValue, _ path: String, allowed: String, hint: String? = nil) {
        if case .refused = value.content { return }
        mistake(value.position, path, "found \(value.found), \(allowed) is allowed", hint: hint)
    }

    // MARK: - Maps and lists

    /// The fields of a map; a value that is no map has none, and a key that isn't in `keys` is a mistake.
    mutating func fields(_ value: YAMLValue, _ path: String, keys: [String], allowed: String = "a map") -> Fields {
        guard case .map(let entries) = value.content else {
            refuse(value, path, allowed: "\(allowed) with the keys \(keys.joined(separator: ", "))")
            var none = Fields(path: path, position: value.position)
            none.isMap = false
            return none
        }
        for entry in entries where !keys.contains(entry.key) {
            let nearest = NearestWord.of(entry.key, among: keys)
            mistake(
                entry.position,
                KeyPathText.joined(path, entry.key),
                "the key \(entry.key.quotedForPeople()) is unknown, "
                    + (keys.count == 1 ? "\(keys[0]) is allowed" : "one of \(keys.joined(separator: ", ")) is allowed"),
                hint: nearest.map { "did you mean \($0)?" }
            )
        }
        return Fields(entries, path: path, position: value.position)
    }

    /// The map under `key`, or one without values where there is none.
    mutating func fields(_ parent: Fields, _ key: String, keys: [String]) -> Fields {
        guard let value = parent[key] else { return Fields(path: parent.path(of: key), position: parent.position) }
        return fields(value, parent.path(of: key), keys: keys)
    }

    mutating func list(_ value: YAMLValue, _ path: String, most: Int, allowed: String) -> [YAMLValue]? {
        guard case .list(let items) = value.content else {
            refuse(value, path, allowed: allowed)
            return nil
        }
        guard items.count <= most else {
            mistake(value.position, path, "found \(items.count) entries, at most \(most) are allowed")
            return nil
        }
        return items
    }

    // MARK: - Scalars

    /// A text by a rule; `allowed` says the rule.
    mutating func text<T>(
        _ value: YAMLValue,
        _ path: String,
        allowed: String,
        hint: (YAMLValue) -> String? = { _ in nil },
        _ parse: (String) -> T?
    ) -> T? {
        if case .text(let text) = value.content, let parsed = parse(text) { return parsed }
        refuse(value, path, allowed: allowed, hint: hint(value))
        return nil
    }

    mutating func choice<T: RawRepresentable & CaseIterable>(
        _ value: YAMLValue,
        _ path: String,
        _: T.Type = T.self
    ) -> T? where T.RawValue == String {
        let names = T.allCases.map(\.rawValue)
        return text(
            value,
            path,
            allowed: names.count == 1 ? names[0] : "one of \(names.joined(separator: ", "))",
            hint: { value in
                guard case .text(let text) = value.content else { return nil }
                return NearestWord.of(text, among: names).map { "did you mean \($0)?" }
            },
            T.init(rawValue:)
        )
    }

    // MARK: - Any value

    /// Anything that JSON can hold.
    mutating func json(_ value: YAMLValue, _ path: String) -> JSONValue {
        switch value.content {
        case .null, .refused: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .text(let value): return .string(value)
        case .unfitNumber:
            refuse(value, path, allowed: "a finite number, whole ones of 64 bits,")
            return .null
        case .list(let items):
            return .array(items.enumerated().map { json($1, "\(path)[\($0)]") })
        case .map(let entries):
            return .object(
                Dictionary(entries.map { ($0.key, json($0.value, KeyPathText.joined(path, $0.key))) }) { first, _ in
                    first
                }
            )
        }
    }
}
