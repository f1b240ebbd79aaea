import API
import ArgumentParser
import ControllerClient
import Core

struct RolloutWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch a rollout to its end.",
        discussion: """
            Ends with 0 when the nodes are on the revision, and with 1 when it was rolled back, failed, or another \
            revision took over. With -o json or yaml only the end is printed.
            """
    )

    @OptionGroup var chosen: RolloutArguments
    @OptionGroup var limit: TimeoutOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let number = try await chosen.number(client)
        try await RolloutEnd(client: client, task: chosen.task, rollout: number, timeout: limit.timeout)
            .run(printing: options.output)
    }
}

/// Follows one rollout to its end.
struct RolloutEnd {
    let client: ControllerClient
    let task: String
    let rollout: Int
    let timeout: FlowDuration

    func run(printing output: OutputOptions) async throws {
        let console = Console.current
        let view = LiveView(console)
        let end = try await Watch(timeout: timeout)(for: "the end of rollout \(rollout)") {
            let rollout = try await client.showRollout(task: task, rollout: self.rollout)
            if output.format == .table {
                view.show(
                    RolloutPage(rollout, console).lines,
                    line: "rollout " + SafeText.line(RolloutPage.sentence(rollout))
                )
            }
            return rollout.phase.isFinal ? rollout : nil
        }
        if output.format != .table { try output.print(end) { _ in [] } }
        guard end.phase == .completed else { throw CommandFailure.silent() }
    }
}
