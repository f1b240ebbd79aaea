import ArgumentParser
import ControllerClient

struct RunShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one run with all its rounds.")

    @OptionGroup var chosen: RunArguments
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let run = try await client.showRun(task: chosen.task, run: try await chosen.number(client))
        try options.output.print(run) { RunPage(run, $0).lines }
    }
}
