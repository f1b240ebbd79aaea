import ArgumentParser
import Commands
import Core
import Foundation
import Simulation

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Play hundreds of clients of this working tree on this machine, for research before deployment.",
        discussion: """
            Like 'fedops try', but a few workers play all clients in turn, time is simulated, and clients drop out or are \
            late by chance. One seed gives the same rounds again, to the last bit of the model.
            """
    )

    @OptionGroup var local: LocalOptions

    @Option(help: "Clients.")
    var clients = 100

    @Option(help: "Clients in each round; the flow's participants.clients.maximum where absent.")
    var sample: Int?

    @Option(help: "Rounds to run.")
    var rounds = 10

    @Option(help: "Worker processes; as many as there are cores where absent.")
    var workers: Int?

    @Option(help: ArgumentHelp("Share of a round's clients that are lost, from 0 and below 1.", valueName: "share"))
    var dropout = 0.0

    @Option(
        help: ArgumentHelp(
            "Simulated time until a client's update arrives, drawn evenly; one that comes after the end of training is lost.",
            valueName: "from:to"
        )
    )
    var delay: DelayArgument?

    func validate() throws {
        guard (1...100_000).contains(clients) else { throw ValidationError("--clients is 1 to 100000") }
        guard (1...100_000).contains(rounds) else { throw ValidationError("--rounds is 1 to 100000") }
        guard (0..<1).contains(dropout) else { throw ValidationError("--dropout is a share from 0 and below 1") }
        guard workers.map({ (1...256).contains($0) }) ?? true else { throw ValidationError("--workers is 1 to 256") }
        guard sample.map({ (1...clients).contains($0) }) ?? true else {
            throw ValidationError("--sample is 1 to the number of clients")
        }
    }

    func run() async throws {
        var options = local.federation
        options.clients = clients
        options.rounds = rounds
        options.sample = sample
        options.workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
        options.dropout = dropout
        options.delay = delay?.range
        try await LocalCommand("simulate", options, local).run(local.output)
    }
}

/// `0.5s:2s`, `500ms:1m`, or one time for all.
struct DelayArgument: ExpressibleByArgument, Sendable {
    let range: ClosedRange<Double>

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map { Self.seconds(String($0)) }
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1], first <= last
        else {
            return nil
        }
        range = first...last
    }

    private static func seconds(_ text: String) -> Double? {
        if let duration = FlowDuration(text) { return duration.seconds }
        guard text.hasSuffix("s"), let seconds = Double(text.dropLast()), seconds.isFinite, seconds >= 0 else {
            return nil
        }
        return seconds
    }
}
