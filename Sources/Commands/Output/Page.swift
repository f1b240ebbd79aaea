/// Fields under one another, their values in one column.
struct Page {
    private static let margin = 12

    let console: Console
    private(set) var lines: [String] = []

    init(_ console: Console) { self.console = console }

    mutating func field(_ name: String, _ value: String, _ paint: Paint = .plain) {
        let label = SafeText.line(name) + ":"
        let space = String(repeating: " ", count: max(1, Self.margin - DisplayWidth.of(label)))
        lines.append(Paint.faint(label, console) + space + paint(SafeText.line(value), console))
    }

    /// Fields that may be absent are shown as `-`.
    mutating func field(_ name: String, _ value: (some CustomStringConvertible)?, _ paint: Paint = .plain) {
        field(name, value.map { "\($0)" } ?? "-", paint)
    }

    /// A line that is safe already.
    mutating func text(_ line: String) { lines.append(line) }

    mutating func append(_ more: [String]) { lines += more }
}
