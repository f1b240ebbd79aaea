/// How much of a file of YAML is read. A flow that a person wrote is far below all of them.
enum YAMLLimits {
    static let bytes = 256 << 10
    /// Values in all, those that aliases repeat counted each time.
    static let values = 20_000
    static let depth = 64
    static let aliases = 50
    /// Keys given twice that are reported before reading stops.
    static let duplicates = 20

    /// Why the file's aliases are not followed, where they aren't.
    ///
    /// Yams hashes the keys of a map while it composes it. A key that holds an alias of aliases is exponentially large
    /// then, before any budget could be looked at. So where a file has aliases, keys have to be plain: this looks at
    /// the text, errs on the side of refusing, and has nothing to say of files without aliases.
    static func refusal(of yaml: String) -> (position: YAMLValue.Position, message: String)? {
        let anchors = Set(names(after: "&", in: yaml).map(\.name))
        guard !anchors.isEmpty else { return nil }
        let uses = names(after: "*", in: yaml).filter { anchors.contains($0.name) }
        guard !uses.isEmpty else { return nil }
        if uses.count > aliases {
            return (uses[aliases].position, "found more than \(aliases) aliases, \(aliases) are allowed")
        }
        let text = Array(yaml.unicodeScalars)
        for (number, range) in YAMLLines(text).numbered {
            let scalars = Array(text[range])
            if let column = scalars.indices.first(where: { isKeyOfSeveralParts(scalars, at: $0, anchors) }) {
                return (
                    .init(line: number, column: column + 1),
                    "found a key that is an alias, a list or a map, in a file with aliases only plain keys are allowed"
                )
            }
        }
        return nil
    }

    /// Whether a `?`, an alias, or a list or a map with an alias in it, stands here in the place of a key. Keys without
    /// a `?` lie on one line, so that of other lines nothing has to be known.
    private static func isKeyOfSeveralParts(_ line: [Unicode.Scalar], at index: Int, _ anchors: Set<String>) -> Bool {
        func aliasEnd(_ start: Int) -> Int? {
            guard line[start] == "*" else { return nil }
            let name = line[(start + 1)...].prefix(while: isAnchorScalar)
            return anchors.contains(String(String.UnicodeScalarView(name))) ? name.endIndex : nil
        }
        func isBeforeColon(_ end: Int) -> Bool { line[end...].first { $0 != " " && $0 != "\t" } == ":" }
        switch line[index] {
        case "?": return index == 0 || " \t[{,-:?".unicodeScalars.contains(line[index - 1])
        case "]", "}": return isBeforeColon(index + 1) && line.indices.prefix(index).contains { aliasEnd($0) != nil }
        default: return aliasEnd(index).map(isBeforeColon) ?? false
        }
    }

    private static func isAnchorScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "-" || scalar == "_"
            || (scalar.isASCII && UInt8(truncatingIfNeeded: scalar.value).isASCIIAlphanumeric)
    }

    private static func names(
        after mark: Unicode.Scalar,
        in yaml: String
    ) -> [(name: String, position: YAMLValue.Position)] {
        var names: [(String, YAMLValue.Position)] = []
        let text = Array(yaml.unicodeScalars)
        for (number, range) in YAMLLines(text).numbered {
            let scalars = Array(text[range])
            for index in scalars.indices where scalars[index] == mark {
                let name = scalars[(index + 1)...].prefix(while: isAnchorScalar)
                guard !name.isEmpty else { continue }
                names.append(
                    (String(String.UnicodeScalarView(name)), .init(line: number, column: index + 1))
                )
            }
        }
        return names
    }
}
