import ArgumentParser
import ControllerClient

struct TaskShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one task with all that is known of it."
    )

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let view = try await options.client().showTask(task)
        try options.output.print(view) { TaskPage(view, $0).lines }
    }
}
