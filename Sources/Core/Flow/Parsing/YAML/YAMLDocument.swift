import Foundation
import Yams

/// One file of YAML as a tree with positions. Whatever is wrong with the file as YAML becomes a diagnostic.
struct YAMLDocument {
    let file: String
    /// Nil where the file is no YAML, or nothing at all.
    private(set) var root: YAMLValue?
    private(set) var diagnostics: [Diagnostic] = []
    /// Original names of keys that were given twice and are masked in the text, by where they stand.
    private var masked: [Masked] = []
    private var values = 0

    private struct Masked {
        var position: YAMLValue.Position
        var mask: String
        var key: String
    }

    init(_ yaml: String, file: String) {
        self.file = file
        // A byte order mark is no part of the text.
        root = read(yaml.unicodeScalars.first == "\u{FEFF}" ? String(yaml.unicodeScalars.dropFirst()) : yaml)
    }

    private mutating func read(_ yaml: String) -> YAMLValue? {
        guard yaml.utf8.count <= YAMLLimits.bytes else {
            report(.start, "found a file of \(yaml.utf8.count) bytes, at most \(YAMLLimits.bytes) are allowed")
            return nil
        }
        if let nul = yaml.unicodeScalars.firstIndex(of: "\0") {
            report(YAMLLines.end(of: String(yaml.unicodeScalars[..<nul])), "found a zero byte, text is allowed")
            return nil
        }
        if let refusal = YAMLLimits.refusal(of: yaml) {
            report(refusal.position, refusal.message)
            return nil
        }
        return compose(yaml).map { convert($0, path: "", depth: 0) }
    }

    private mutating func report(
        _ position: YAMLValue.Position,
        path: String = "",
        _ message: String,
        hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                file: file,
                line: position.line,
                column: position.column,
                path: path,
                message: message,
                hint: hint
            )
        )
    }

    // MARK: - Composing

    /// Yams stops at the first key that is given twice. The first of the two is then masked by characters that no file
    /// has, so that lines and columns stay as they are, and the file is read again for what else there is to say.
    private mutating func compose(_ original: String) -> Node? {
        var yaml = original
        while true {
            do {
                guard !yaml.allSatisfy(\.isWhitespace) else {
                    report(.start, "the file is empty", hint: "the least a flow needs is task and stages")
                    return nil
                }
                let parser = try Parser(yaml: yaml, resolver: Self.resolver, encoding: .utf8)
                let node = try parser.nextRoot()
                if let node, let second = try parser.nextRoot() {
                    report(position(of: second.mark), "found a second document, one is allowed", hint: "remove \"---\"")
                    return node
                }
                if node == nil {
                    report(.start, "the file is empty", hint: "the least a flow needs is task and stages")
                }
                return node
            } catch YamlError.duplicatedKeysInMapping(_, let context) where masked.count < YAMLLimits.duplicates {
                guard let text = mask(context.mark, in: yaml) else {
                    report(position(of: context.mark), "found a key that the same map gives again")
                    return nil
                }
                yaml = text
            } catch {
                report(error, in: original)
                return nil
            }
        }
    }

    /// Tags plain scalars apart from quoted ones, and leaves what they mean to ``YAMLScalar``.
    private static let plain = Tag.Name(rawValue: "tag:fedops,2026:plain")
    private static let resolver = (try? Resolver.basic.appending(plain, "^")) ?? .basic

    /// Puts characters from Unicode's private use in place of the key at `mark`; nil where it isn't a plain text.
    private mutating func mask(_ mark: Mark, in yaml: String) -> String? {
        var text = Array(yaml.unicodeScalars)
        let lines = YAMLLines(text)
        guard let line = lines[mark.line], var start = lines.index(of: position(of: mark)), start < line.upperBound
        else {
            return nil
        }
        let quote = text[start]
        let isQuoted = quote == "\"" || quote == "'"
        if isQuoted { start += 1 }
        let end = text[start..<line.upperBound].firstIndex { isQuoted ? $0 == quote : $0 == ":" }
        guard let end, end > start, !text[start..<end].contains("\\") else { return nil }
        var number = masked.count
        let alphabet: ClosedRange<UInt32> = 0xE000...0xF8FF
        let mask = text[start..<end].map { _ -> Unicode.Scalar in
            defer { number /= alphabet.count }
            return Unicode.Scalar(alphabet.lowerBound + UInt32(number % alphabet.count)) ?? "\u{E000}"
        }
        let key = String(String.UnicodeScalarView(text[start..<end])).trimmingCharacters(in: .whitespaces)
        masked.append(
            Masked(position: position(of: mark), mask: String(String.UnicodeScalarView(mask)), key: key)
        )
        text.replaceSubrange(start..<end, with: mask)
        return String(String.UnicodeScalarView(text))
    }

    private func position(of mark: Mark?) -> YAMLValue.Position {
        mark.map { .init(line: $0.line, column: $0.column) } ?? .start
    }

    // MARK: - Errors of YAML

    private mutating func report(_ error: any Error, in yaml: String) {
        guard let error = error as? YamlError else { return report(.start, "is not YAML: \(error)") }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if let tab = tab(at: mark, in: yaml) {
                return report(tab, "found a tab, spaces are allowed for indentation")
            }
            if problem.hasPrefix("Maximum nesting") {
                return report(position(of: mark), "found more levels than the \(YAMLLimits.depth) that are allowed")
            }
            let place = context.map { " (\($0.text) that begins at \($0.mark.line):\($0.mark.column))" } ?? ""
            report(position(of: mark), "is not YAML: \(problem)\(place)")
        case .reader(let problem, let offset, _, _):
            report(YAMLLines.end(of: String(yaml.prefix(offset ?? 0))), "is not YAML: \(problem)")
        case .duplicatedKeysInMapping(_, let context):
            report(
                position(of: context.mark),
                "found more than \(YAMLLimits.duplicates) keys that are given twice, each is allowed once"
            )
        default: report(.start, "is not YAML: \(error)")
        }
    }

    /// The tab that the scanner fell over: at its mark, or in the indentation of that line.
    private func tab(at mark: Mark, in yaml: String) -> YAMLValue.Position? {
        let text = Array(yaml.unicodeScalars)
        let lines = YAMLLines(text)
        guard let line = lines[mark.line] else { return nil }
        if let index = lines.index(of: position(of: mark)), index < text.count, text[index] == "\t" {
            return position(of: mark)
        }
        let indentation = text[line].prefix { $0 == " " || $0 == "\t" }
        return indentation.firstIndex(of: "\t").map { .init(line: mark.line, column: $0 - line.lowerBound + 1) }
    }

    // MARK: - Converting

    private mutating func convert(_ node: Node, path: String, depth: Int) -> YAMLValue {
        let position = position(of: node.mark)
        let refused = YAMLValue(content: .refused, position: position)
        values += 1
        guard values <= YAMLLimits.values else {
            if values == YAMLLimits.values + 1 {
                report(
                    position,
                    path: path,
                    "found more than the \(YAMLLimits.values) values that are allowed, aliases counted each time"
                )
            }
            return refused
        }
        guard depth <= YAMLLimits.depth else {
            report(position, path: path, "found more levels than the \(YAMLLimits.depth) that are allowed")
            return refused
        }
        switch node {
        case .scalar(let scalar):
            let tag = node.tag.rawValue
            switch tag {
            case Self.plain.rawValue:
                let content = YAMLScalar.content(ofPlain: scalar.string)
                return YAMLValue(content: content, position: position, source: scalar.string)
            case Tag.Name.str.rawValue:
                return YAMLValue(content: .text(scalar.string), position: position, source: scalar.string)
            default: return refuse(tag: tag, position, path)
            }
        case .sequence(let sequence):
            guard node.tag.rawValue == Tag.Name.seq.rawValue else {
                return refuse(tag: node.tag.rawValue, position, path)
            }
            let items = sequence.enumerated().map { index, item in
                convert(item, path: "\(path)[\(index)]", depth: depth + 1)
            }
            return YAMLValue(content: .list(items), position: position)
        case .mapping(let mapping):
            guard node.tag.rawValue == Tag.Name.map.rawValue else {
                return refuse(tag: node.tag.rawValue, position, path)
            }
            return YAMLValue(content: .map(entries(of: mapping, path: path, depth: depth)), position: position)
        case .alias: return refused
        }
    }

    private mutating func refuse(tag: String, _ position: YAMLValue.Position, _ path: String) -> YAMLValue {
        report(position, path: path, "found the tag \(tag.quotedForPeople()), no tags are allowed", hint: "remove it")
        return YAMLValue(content: .refused, position: position)
    }

    private mutating func entries(of mapping: Node.Mapping, path: String, depth: Int) -> [YAMLValue.Entry] {
        var entries: [YAMLValue.Entry] = []
        var known: [String: YAMLValue.Position] = [:]
        for (node, child) in mapping {
            let position = position(of: node.mark)
            guard case .scalar(let scalar) = node else {
                report(position, path: path, "found a list or a map as a key, a text is allowed")
                continue
            }
            let original = masked.first { $0.position == position && $0.mask == scalar.string }
            let key = original?.key ?? scalar.string
            let keyPath = KeyPathText.joined(path, key)
            if let first = known[key] {
                report(
                    position,
                    path: keyPath,
                    "the key is given twice, once is allowed",
                    hint: "it is there on line \(first.line) already"
                )
                continue
            }
            known[key] = position
            if key == "<<" {
                report(position, path: keyPath, "found a merge key, none is allowed", hint: "write its keys out")
                continue
            }
            entries.append(
                .init(key: key, position: position, value: convert(child, path: keyPath, depth: depth + 1))
            )
        }
        return entries
    }
}

/// Key paths as messages have them: `rounds.count`, `build[0].run`, `settings["learning rate"]`.
enum KeyPathText {
    static func joined(_ path: String, _ key: String) -> String {
        let isPlain =
            !key.isEmpty && key.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-/".utf8.contains($0) }
        guard isPlain else { return "\(path)[\(key.quotedForPeople())]" }
        return path.isEmpty ? key : "\(path).\(key)"
    }
}
