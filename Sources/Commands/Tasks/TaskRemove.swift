import ArgumentParser
import ControllerClient

struct TaskRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove tasks. Their nodes stop running them; global models stay on the server node's disk.",
        aliases: ["delete"]
    )

    @Argument(help: "Names of tasks.")
    var tasks: [String]

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        for task in tasks {
            try await client.removeTask(task)
            try options.output.printNext(["task": task]) { _ in "task \(SafeText.line(task)) removed" }
        }
    }
}
