/// Where the values of a flow's file stand, for those who find something wrong with a flow that parses.
package struct FlowPlaces: Sendable {
    private let file: String
    private var places: [String: YAMLValue.Position] = [:]

    package init(yaml: String, file: String) {
        self.file = file
        if let root = YAMLDocument(yaml, file: file).root { add(root, "") }
    }

    private mutating func add(_ value: YAMLValue, _ path: String) {
        places[path] = value.position
        switch value.content {
        case .map(let entries): for entry in entries { add(entry.value, KeyPathText.joined(path, entry.key)) }
        case .list(let items): for (index, item) in items.enumerated() { add(item, "\(path)[\(index)]") }
        default: break
        }
    }

    /// A diagnostic at the value under `path`, such as `stages.train.call`, or at the nearest one around it that the
    /// file has.
    package func diagnostic(
        _ path: String,
        severity: Diagnostic.Severity = .error,
        _ message: String,
        hint: String? = nil
    ) -> Diagnostic {
        var key = path
        while places[key] == nil, let end = key.lastIndex(where: { $0 == "." || $0 == "[" }) {
            key = String(key[..<end])
        }
        let position = places[key] ?? .start
        return Diagnostic(
            severity: severity,
            file: file,
            line: position.line,
            column: position.column,
            path: path,
            message: message,
            hint: hint
        )
    }
}
