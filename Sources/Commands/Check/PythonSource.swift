/// What a Python file defines, as far as that can be told without running it.
struct PythonSource {
    struct Definition: Equatable {
        /// `function`, or `Class.method`.
        var name: String
        var line: Int
        /// Names of the parameters; nil where they can't be told: of a class without `__init__`, of what is decorated,
        /// assigned or imported, and of what takes any name (`**options`).
        var parameters: [String]?
        var isCallable: Bool
    }

    let file: String
    private(set) var definitions: [String: Definition] = [:]
    /// Functions inside functions, which nothing outside can name, and their lines.
    private(set) var inner: [String: Int] = [:]
    /// Whether names may be there that aren't written: `from x import *`, or a `__getattr__`.
    private(set) var isOpen = false

    private struct Scope {
        var indentation: Int
        /// Nil for a function, whose names nothing outside sees.
        var prefix: String?
    }

    init(_ text: String, file: String) {
        self.file = file
        var scopes: [Scope] = []
        var isDecorated = false
        for line in PythonLines.logical(text) {
            while let last = scopes.last, line.indentation <= last.indentation { scopes.removeLast() }
            let isHidden = scopes.contains { $0.prefix == nil }
            let prefix = scopes.last?.prefix ?? ""
            if line.text.hasPrefix("@") {
                isDecorated = true
                continue
            }
            defer { isDecorated = false }
            let words = line.text.split(maxSplits: 3, whereSeparator: { $0 == " " || $0 == "\t" })
            let isFunction = words.first == "def" || (words.first == "async" && words.dropFirst().first == "def")
            if isFunction, let name = Self.name(after: "def", in: line.text) {
                if isHidden {
                    inner[name] = inner[name] ?? line.number
                } else {
                    add(name, prefix, line, isDecorated ? nil : Self.parameters(line.text, isMethod: !prefix.isEmpty))
                }
                scopes.append(Scope(indentation: line.indentation, prefix: nil))
            } else if words.first == "class", let name = Self.name(after: "class", in: line.text) {
                if !isHidden { add(name, prefix, line, nil) }
                scopes.append(Scope(indentation: line.indentation, prefix: isHidden ? nil : prefix + name + "."))
            } else if !isHidden {
                addNames(of: line, prefix)
            }
        }
        // A class is called with the parameters of its `__init__`.
        for (name, definition) in definitions where definition.parameters == nil {
            if let maker = definitions[name + ".__init__"] { definitions[name]?.parameters = maker.parameters }
        }
        if definitions["__getattr__"] != nil { isOpen = true }
    }

    private mutating func add(_ name: String, _ prefix: String, _ line: PythonLines.Line, _ parameters: [String]?) {
        definitions[prefix + name] = Definition(
            name: prefix + name,
            line: line.number,
            parameters: parameters,
            isCallable: true
        )
    }

    /// Names that an import or an assignment makes.
    private mutating func addNames(of line: PythonLines.Line, _ prefix: String) {
        var text = line.text
        var names: [Substring] = []
        if text.hasPrefix("from "), let range = text.firstRange(of: " import ") {
            text = String(text[range.upperBound...]).filter { $0 != "(" && $0 != ")" }
            if text.contains("*") { isOpen = true }
            names = text.split(separator: ",").compactMap { $0.split(separator: " ").last }
        } else if text.hasPrefix("import ") {
            names = text.dropFirst(7).split(separator: ",").compactMap {
                $0.split(separator: " ").last?.split(separator: ".").first
            }
        } else if let equals = text.firstIndex(of: "="), text[text.index(after: equals)...].first != "=" {
            names = text[..<equals].split(separator: ",").compactMap {
                $0.split(whereSeparator: { ": ".contains($0) }).first
            }
        }
        for name in names where Self.isName(name) && definitions[prefix + name] == nil {
            definitions[prefix + name] = Definition(
                name: prefix + name,
                line: line.number,
                parameters: nil,
                isCallable: false
            )
        }
    }

    private static func name(after keyword: String, in text: String) -> String? {
        guard let range = text.firstRange(of: keyword + " ") else { return nil }
        let name = text[range.upperBound...].drop { $0 == " " }.prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        return name.isEmpty ? nil : String(name)
    }

    private static func isName(_ text: Substring) -> Bool {
        text.first.map { $0 == "_" || $0.isLetter } == true
            && text.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
    }

    /// The names between the parentheses of a `def`; nil where it takes any.
    private static func parameters(_ text: String, isMethod: Bool) -> [String]? {
        guard let open = text.firstIndex(of: "(") else { return nil }
        var depth = 0
        var parts = [""]
        for character in text[open...] {
            if "([{".contains(character) { depth += 1 }
            if ")]}".contains(character) { depth -= 1 }
            if depth == 0 { break }
            if depth == 1, character == "," {
                parts.append("")
            } else if !(depth == 1 && character == "(") {
                parts[parts.count - 1].append(character)
            }
        }
        var names: [String] = []
        for part in parts {
            let name = part.drop { $0 == " " || $0 == "\t" }.prefix {
                $0 == "*" || $0 == "_" || $0.isLetter || $0.isNumber
            }
            if name.hasPrefix("**") { return nil }
            if !name.isEmpty, !name.hasPrefix("*") { names.append(String(name)) }
        }
        return isMethod ? Array(names.dropFirst()) : names
    }
}
