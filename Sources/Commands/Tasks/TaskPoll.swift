import API
import ArgumentParser
import ControllerClient
import Core

struct TaskPoll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poll",
        abstract: "Look at a task's source now.",
        discussion: "Says what was found; ends with 1 where the source could not be read."
    )

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let source = try await client.pollTask(task)
        let newest = try await client.showTask(task).newest
        try options.output.print(source) { console in
            if let failure = source.failure {
                return [Paint.bad(SafeText.line("source fails (\(failure.kind)): \(failure.message)"), console)]
            }
            let head = source.head.map { "\(source.branch) is at \($0.short)" } ?? "\(source.branch) is empty"
            let revision =
                newest.map { "newest revision \($0.name) (\($0.commit.short)) \($0.state.rawValue)" }
                ?? (source.deployOn == .tag ? "no tag on it matches \(source.tags)" : "no revision yet")
            return [SafeText.line("\(head); \(revision)")]
        }
        if source.failure != nil { throw CommandFailure.silent() }
    }
}
