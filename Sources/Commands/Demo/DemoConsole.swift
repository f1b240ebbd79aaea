import Foundation
import Rainbow

#if canImport(Glibc)
    import Glibc
#endif

/// The demo's running commentary, for a person: steps with what came of them, and the seconds since the start.
struct DemoConsole: Sendable {
    /// Standard error where standard output is kept for JSON.
    let toStandardError: Bool
    let coloured: Bool
    private let start = ContinuousClock.now

    init(toStandardError: Bool) {
        self.toStandardError = toStandardError
        let descriptor: Int32 = toStandardError ? 2 : 1
        coloured = isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    func step(_ text: String) { write("\n" + (coloured ? text.bold : text)) }

    func done(_ text: String) { line(coloured ? "✓".green : "✓", text) }

    func note(_ text: String) { line(coloured ? "·".lightBlack : "·", text) }

    func closed(_ text: String) { line(coloured ? "■".yellow : "■", text) }

    func write(_ text: String) {
        let handle = toStandardError ? FileHandle.standardError : FileHandle.standardOutput
        // A terminal that went away is no reason to stop; the facts are in the summary.
        try? handle.write(contentsOf: Data((text + "\n").utf8))
    }

    private func line(_ mark: String, _ text: String) {
        let elapsed = (ContinuousClock.now - start).seconds
        let stamp = String(format: "%6.1fs", elapsed)
        write("\(coloured ? stamp.lightBlack : stamp) \(mark) \(text)")
    }
}

extension Duration {
    /// The length in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
