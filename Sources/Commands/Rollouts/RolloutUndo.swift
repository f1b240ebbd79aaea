import API
import ArgumentParser
import ControllerClient

struct RolloutUndo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Bring nodes back to an earlier revision, all at once.",
        discussion: "The next revision that the task's source brings rolls out as ever."
    )

    @Argument(help: "The task's name.")
    var task: String

    @Option(
        help: ArgumentHelp(
            "Name or number of the revision; the one before the current where it is left out.",
            valueName: "revision"
        )
    )
    var to: String?

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let rollout = try await client.undoRollout(task: task, UndoRequest(to: to))
        try await RolloutAnswer(client: client, rollout: rollout, waiting: waiting).run(printing: options.output)
    }
}

/// What a verb that changes a rollout says, and waits for.
struct RolloutAnswer {
    let client: ControllerClient
    let rollout: RolloutView
    let waiting: WaitOptions

    func run(printing output: OutputOptions) async throws {
        guard waiting.wait else {
            return try output.print(rollout) { _ in ["rollout " + SafeText.line(RolloutPage.sentence(rollout))] }
        }
        try await RolloutEnd(
            client: client,
            task: rollout.task,
            rollout: rollout.number,
            timeout: waiting.limit.timeout
        ).run(printing: output)
    }
}
