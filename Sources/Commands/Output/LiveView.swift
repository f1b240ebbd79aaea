/// What a watch shows: on a terminal the newest picture, drawn over the one before; elsewhere each line as it changes.
final class LiveView {
    private let console: Console
    private var drawn = 0
    private var last = ""

    init(_ console: Console) { self.console = console }

    /// - Parameters:
    ///   - picture: The lines of the whole picture, for a terminal.
    ///   - line: What is new, in one line, for logs; printed when it differs from the one before.
    func show(_ picture: [String], line: String) {
        guard console.isTerminal else {
            if line != last { console.line(line) }
            last = line
            return
        }
        // The cursor goes up to the first line of the old picture, and everything below is cleared.
        let home = drawn > 0 ? "\u{1b}[\(drawn)A\r\u{1b}[J" : ""
        let fitting = picture.map { line in console.width.map { Self.cut(line, $0) } ?? line }
        console.out(home + fitting.map { $0 + "\n" }.joined())
        drawn = fitting.count
    }

    /// Leaves what is drawn, and begins anew below it.
    func rest() { drawn = 0 }

    /// A line that is wider than the terminal would wrap, and then more lines than known would have to be cleared.
    private static func cut(_ line: String, _ width: Int) -> String {
        line.contains("\u{1b}") ? line : DisplayWidth.cut(line, to: width)
    }
}
