package import ArgumentParser

/// Runs a command line and ends as `ExitStatus` says.
package enum CommandLineTool {
    /// - Parameters:
    ///   - root: The command that all others are under.
    ///   - arguments: Without the program's own name.
    package static func run(_ root: any ParsableCommand.Type, _ arguments: [String]) async -> Int32 {
        let console = Console.current
        do {
            var command = try root.parseAsRoot(arguments)
            do {
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
                return ExitStatus.success.rawValue
            } catch let error where root.exitCode(for: error) == .failure {
                report(error, console)
                return ExitStatus(error).rawValue
            }
        } catch {
            let message = root.fullMessage(for: error)
            switch root.exitCode(for: error) {
            case .success:
                if !message.isEmpty { console.line(message) }
                return ExitStatus.success.rawValue
            case .validationFailure:
                let lines = SafeText.lines(message).joined(separator: "\n")
                console.error((lines.hasPrefix("Error: ") ? "error: " + lines.dropFirst(7) : lines) + "\n")
                return ExitStatus.usage.rawValue
            case let code:
                if !message.isEmpty { console.error(message + "\n") }
                return code.rawValue
            }
        }
    }

    private static func report(_ error: any Error, _ console: Console) {
        if error is CancellationError { return }
        let lines = SafeText.lines("\(error)")
        guard lines != [""] else { return }
        console.error("error: " + lines.joined(separator: "\n") + "\n")
    }
}
