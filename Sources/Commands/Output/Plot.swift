/// One number over rounds, drawn in characters: dots of Braille, two by four in each, or `*` where there is no Unicode.
package struct Plot {
    package struct Point: Sendable, Equatable {
        package var x: Int
        package var y: Double

        package init(x: Int, y: Double) {
            self.x = x
            self.y = y
        }
    }

    private static let rows = 8
    private static let widest = 72

    package let title: String
    /// By rising `x`, finite.
    package let points: [Point]

    package init(_ title: String, _ points: [Point]) {
        self.title = title
        self.points = points.filter(\.y.isFinite).sorted { $0.x < $1.x }
    }

    /// Least and greatest `y`, apart from one another.
    var bounds: ClosedRange<Double> {
        let low = points.map(\.y).min() ?? 0
        let high = points.map(\.y).max() ?? 0
        return low < high ? low...high : (low - 0.5)...(low + 0.5)
    }

    /// None with fewer than two points: a table says it better.
    package func lines(_ console: Console) -> [String] {
        guard let first = points.first, let last = points.last, first.x < last.x else { return [] }
        let bounds = bounds
        let labels = [bounds.upperBound, bounds.lowerBound].map { Measures.number($0, digits: 4) }
        let margin = labels.map(\.count).max() ?? 0
        let columns = max(8, min(console.width ?? Self.widest, Self.widest) - margin - 2)
        let canvas = console.hasUnicode ? braille(columns) : stars(columns)
        let bar = console.hasUnicode ? "┤" : "|"
        var lines = [Paint.faint(SafeText.line(title), console)]
        for (row, text) in canvas.enumerated() {
            let label = row == 0 ? labels[0] : row == Self.rows - 1 ? labels[1] : ""
            let space = String(repeating: " ", count: margin - label.count)
            lines.append(Paint.faint(space + label + bar, console) + Paint.good(text, console))
        }
        let (from, to) = ("round \(first.x)", "\(last.x)")
        let gap = String(repeating: " ", count: max(1, columns - from.count - to.count))
        lines.append(Paint.faint(String(repeating: " ", count: margin + 1) + from + gap + to, console))
        return lines
    }

    /// Where each point lies on a grid of this size, from the upper left.
    private func places(_ width: Int, _ height: Int) -> [(column: Int, row: Int)] {
        guard let first = points.first, let last = points.last, first.x < last.x else { return [] }
        let bounds = bounds
        return points.map { point in
            let across = Double(point.x - first.x) / Double(last.x - first.x)
            let up = (point.y - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound)
            return (
                Int((across * Double(width - 1)).rounded()),
                height - 1 - Int((up * Double(height - 1)).rounded())
            )
        }
    }

    private func stars(_ columns: Int) -> [String] {
        var grid = [[Character]](repeating: [Character](repeating: " ", count: columns), count: Self.rows)
        for place in places(columns, Self.rows) { grid[place.row][place.column] = "*" }
        return grid.map { String($0) }
    }

    /// Points joined by lines. Unicode gives each of a cell's eight dots a bit above U+2800.
    private func braille(_ columns: Int) -> [String] {
        let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        var cells = [[UInt32]](repeating: [UInt32](repeating: 0, count: columns), count: Self.rows)
        let places = places(columns * 2, Self.rows * 4)
        for (from, to) in zip(places, places.dropFirst()) {
            let steps = max(1, abs(to.column - from.column), abs(to.row - from.row))
            for step in 0...steps {
                let column = from.column + (to.column - from.column) * step / steps
                let row = from.row + (to.row - from.row) * step / steps
                cells[row / 4][column / 2] |= bits[row % 4][column % 2]
            }
        }
        return cells.map { row in
            var text = ""
            for cell in row {
                if cell == 0 {
                    text += " "
                } else if let dot = Unicode.Scalar(0x2800 + cell) {
                    text.unicodeScalars.append(dot)
                }
            }
            return text
        }
    }
}
