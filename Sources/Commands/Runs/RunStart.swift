import API
import ArgumentParser
import ControllerClient

struct RunStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a run: rounds open whenever the gate is open, until so many have finished.",
        discussion: "Rounds start from the newest global model, unless --from or --scratch says otherwise."
    )

    @Argument(help: "The task's name.")
    var task: String

    @Option(help: "Rounds to finish; the flow's rounds.count where it is left out.")
    var rounds: Int?

    @Option(help: "Epochs on each node in one round; the flow's rounds.epochs where it is left out.")
    var epochs: Int?

    @Option(help: ArgumentHelp("Version of the global model to start from.", valueName: "version"))
    var from: Int?

    @Flag(help: "Start from a new model.")
    var scratch = false

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if scratch, from != nil { throw ValidationError("--from and --scratch exclude one another") }
        for (name, value) in [("--rounds", rounds), ("--epochs", epochs), ("--from", from)] {
            if let value, value < 1 { throw ValidationError("\(name) is at least 1") }
        }
    }

    func run() async throws {
        let client = try options.client()
        let request = RunRequest(rounds: rounds, epochs: epochs, from: from, scratch: scratch ? true : nil)
        let run = try await client.startRun(task: task, request)
        guard waiting.wait else {
            return try options.output.print(run) { ["run " + SafeText.line(RunPage.sentence(run, $0))] }
        }
        try await RunEnd(client: client, task: task, first: run.number, timeout: waiting.limit.timeout)
            .run(printing: options.output)
    }
}
