import ArgumentParser
import ControllerClient

struct RolloutResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a paused rollout; nodes that failed try again."
    )

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let rollout = try await client.resumeRollout(task: task)
        try await RolloutAnswer(client: client, rollout: rollout, waiting: waiting).run(printing: options.output)
    }
}
