/// Columns of text under headings, as kubectl prints them. Fits the terminal; elsewhere nothing is cut.
package struct Table {
    struct Column {
        var heading: String
        /// Cut before others where the terminal is too narrow.
        var isFlexible = false
        var isNumber = false
    }

    package struct Cell {
        var text: String
        var paint: Paint

        package init(_ text: String, _ paint: Paint = .plain) {
            self.text = SafeText.line(text)
            self.paint = paint
        }
    }

    private static let gap = 3
    private static let narrowest = 8

    private let columns: [Column]
    private var rows: [[Cell]] = []
    /// Said in place of a table without rows.
    private let empty: String

    init(_ columns: [Column], empty: String) {
        self.columns = columns
        self.empty = empty
    }

    /// Columns of these headings: `NAME` and so on; `*` at the end makes one flexible, `#` a number.
    init(_ headings: String..., empty: String) { self.init(headings, empty: empty) }

    package init(_ headings: [String], empty: String) {
        self.init(
            headings.map { heading in
                Column(
                    heading: heading.trimmingSuffix { "*#".contains($0) },
                    isFlexible: heading.hasSuffix("*"),
                    isNumber: heading.hasSuffix("#")
                )
            },
            empty: empty
        )
    }

    mutating func add(_ cells: Cell...) { rows.append(cells) }

    package mutating func add(_ cells: [Cell]) { rows.append(cells) }

    package func lines(_ console: Console) -> [String] {
        guard !rows.isEmpty else { return [empty] }
        let widths = widths(within: console.width)
        let heading = columns.map { Cell($0.heading, .faint) }
        return ([heading] + rows).map { line($0, widths, console) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ console: Console) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = DisplayWidth.cut(cell.text, to: widths[index])
            let space = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(text)))
            let painted = cell.paint(text, console)
            let isLast = index == cells.count - 1
            line += columns[index].isNumber ? space + painted : painted + (isLast ? "" : space)
            if !isLast { line += String(repeating: " ", count: Self.gap) }
        }
        // An empty last cell leaves the gap before it.
        while line.last == " " { line.removeLast() }
        return line
    }

    private func widths(within limit: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            ([columns[index].heading] + rows.map { $0[index].text }).map(DisplayWidth.of).max() ?? 0
        }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - limit
        // The widest flexible column gives first; then, where that isn't enough, all others do.
        for isFlexible in [true, false] {
            while excess > 0 {
                let candidates = columns.indices.filter {
                    columns[$0].isFlexible == isFlexible && widths[$0] > Self.narrowest
                }
                guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
                widths[widest] -= 1
                excess -= 1
            }
        }
        return widths
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, predicate(last) { text.removeLast() }
        return text
    }
}
