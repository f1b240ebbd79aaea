import ArgumentParser
import Commands
import Core
import Simulation

struct TryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Run real rounds of this working tree on this machine, uncommitted edits too.",
        discussion: """
            Needs no controller. The working tree is copied without what Git ignores; each client has a worker of its \
            own, and the rounds, the gate and the engine are those of production. Ends with 1 where a round fails.
            """
    )

    @OptionGroup var local: LocalOptions

    @Option(help: "Clients, each with a worker process of its own.")
    var clients = 3

    @Option(help: "Rounds to run.")
    var rounds = 2

    func validate() throws {
        guard (1...64).contains(clients) else {
            throw ValidationError("--clients is 1 to 64; 'fedops simulate' plays more, over a pool of workers")
        }
        guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds is 1 to 10000") }
    }

    func run() async throws {
        var options = local.federation
        options.clients = clients
        options.rounds = rounds
        // What fails is shown at once, and is not tried again as it would be at night.
        options.retries = 0
        try await LocalCommand("try", options, local).run(local.output)
    }
}
