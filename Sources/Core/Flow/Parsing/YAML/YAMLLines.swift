/// The lines of a text, as YAML 1.1 breaks them and libyaml counts them.
struct YAMLLines {
    private var lines: [Range<Int>] = []

    init(_ text: [Unicode.Scalar]) {
        var start = 0
        var index = 0
        while index < text.count {
            switch text[index] {
            case "\r" where index + 1 < text.count && text[index + 1] == "\n":
                lines.append(start..<index)
                index += 1
                start = index + 1
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                lines.append(start..<index)
                start = index + 1
            default: break
            }
            index += 1
        }
        lines.append(start..<text.count)
    }

    /// The scalars of a line, counted from 1, without its break.
    subscript(line: Int) -> Range<Int>? { lines.indices.contains(line - 1) ? lines[line - 1] : nil }

    var numbered: [(number: Int, range: Range<Int>)] { lines.enumerated().map { ($0 + 1, $1) } }

    func index(of position: YAMLValue.Position) -> Int? {
        self[position.line].map { $0.lowerBound + position.column - 1 }
    }

    /// Where what follows `text` begins.
    static func end(of text: String) -> YAMLValue.Position {
        let lines = YAMLLines(Array(text.unicodeScalars)).lines
        return .init(line: lines.count, column: (lines.last?.count ?? 0) + 1)
    }
}
