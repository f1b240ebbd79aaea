import ArgumentParser
import ControllerClient

struct RolloutPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop a rollout where it is; no more nodes move.",
        discussion: "The gate stays closed while a rollout is paused."
    )

    @Argument(help: "The task's name.")
    var task: String

    @Option(help: "Why, for the history.")
    var reason: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let rollout = try await options.client().pauseRollout(task: task, reason: reason)
        try options.output.print(rollout) { _ in ["rollout " + SafeText.line(RolloutPage.sentence(rollout))] }
    }
}
