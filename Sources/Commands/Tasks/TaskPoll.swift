import ArgumentParser
import ControllerClient

struct TaskPoll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "poll", abstract: "Look at a task's source now.")

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.client().pollTask(task)
        try options.output.print(["task": task]) { _ in ["source of task \(SafeText.line(task)) is being polled"] }
    }
}
