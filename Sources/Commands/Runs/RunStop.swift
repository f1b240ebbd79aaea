import API
import ArgumentParser
import ControllerClient

struct RunStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop a run. The round under way is cancelled; the global model stays the last finished one's."
    )

    @OptionGroup var chosen: RunArguments

    @Option(help: "Why, for the history.")
    var reason: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let number = try await chosen.number(client)
        let run = try await client.stopRun(task: chosen.task, run: number, reason: reason)
        try options.output.print(run) { ["run " + SafeText.line(RunPage.sentence(run, $0))] }
    }
}
