package import Foundation

/// Where a command writes to: what it is, how wide it is, and whether it shows colours.
///
/// Commands write through the current one, which tests set to a recording one.
package struct Console: Sendable {
    package var out: @Sendable (String) -> Void
    package var error: @Sendable (String) -> Void
    /// Whether `out` is a terminal, on which lines can be drawn again.
    package var isTerminal: Bool
    /// Columns of the terminal; nil where there is no limit.
    package var width: Int?
    package var hasColour: Bool
    /// Whether characters beyond ASCII are shown.
    package var hasUnicode: Bool
    package var now: @Sendable () -> Date

    package init(
        out: @escaping @Sendable (String) -> Void,
        error: @escaping @Sendable (String) -> Void,
        isTerminal: Bool = false,
        width: Int? = nil,
        hasColour: Bool = false,
        hasUnicode: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.out = out
        self.error = error
        self.isTerminal = isTerminal
        self.width = width
        self.hasColour = hasColour
        self.hasUnicode = hasUnicode
        self.now = now
    }

    @TaskLocal package static var current = Console.standard

    /// Standard output and standard error of the process.
    package static let standard: Console = {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let environment = ProcessInfo.processInfo.environment
        let hasColour =
            isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        return Console(
            out: { write($0, to: .standardOutput) },
            error: { write($0, to: .standardError) },
            isTerminal: isTerminal,
            width: isTerminal ? columns(environment) : nil,
            hasColour: hasColour,
            hasUnicode: unicode(environment)
        )
    }()

    /// As the locale says; where there is none, a terminal of today is taken for granted.
    private static func unicode(_ environment: [String: String]) -> Bool {
        guard environment["TERM"] != "dumb" else { return false }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
        return locale.map { $0.uppercased().contains("UTF") } ?? true
    }

    private static func write(_ text: String, to handle: FileHandle) {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            // Whoever read our output has gone, as `head` does: there is nobody left to tell.
            exit(1)
        }
    }

    private static func columns(_ environment: [String: String]) -> Int {
        if let columns = environment["COLUMNS"].flatMap(Int.init), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    package func line(_ text: String = "") { out(text + "\n") }
}
