/// Rows of text in columns, the first to the left and the others to the right, as Markdown has them.
struct Table: CustomStringConvertible {
    private var rows: [[String]]

    init(_ titles: String...) { rows = [titles] }

    mutating func add(_ row: String...) { rows.append(row) }

    var description: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + padding : padding + text
            }
            return "| \(cells.joined(separator: " | ")) |"
        }
        let rule = widths.enumerated().map { column, width in
            column == 0 ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
        }
        lines.insert("| \(rule.joined(separator: " | ")) |", at: 1)
        return lines.joined(separator: "\n")
    }
}

/// The least of the times: what else the machine did meanwhile only adds to them.
func best(_ seconds: [Double]) -> Double { seconds.min() ?? .nan }
