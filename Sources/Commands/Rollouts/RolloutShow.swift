import ArgumentParser
import ControllerClient

struct RolloutShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one rollout.")

    @OptionGroup var chosen: RolloutArguments
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let rollout = try await client.showRollout(task: chosen.task, rollout: try await chosen.number(client))
        try options.output.print(rollout) { RolloutPage(rollout, $0).lines }
    }
}
