import ArgumentParser
import Foundation
import TestSupport

/// Rounds of one app with the embedded engine, with Flower under FedOps, and with Flower alone.
struct EnginesBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engines",
        abstract: "Time rounds of three clients with both engines, beside Flower run by hand.",
        discussion: """
            Needs git, python3 of 3.11 or newer, a package index for pip, and the fedops executable beside this one \
            (swift build -c release). All contenders evaluate each round's model on the server node.
            """
    )

    @Option(help: "Rounds of each run of ours.")
    var rounds = 10

    @Option(help: "Rounds of each run of Flower by hand.")
    var roundsByHand = 3

    @Option(help: "What is carried: \(Workload.allCases.map(\.rawValue).joined(separator: ", ")).")
    var models: [String] = Workload.allCases.map(\.rawValue)

    @Option(
        help:
            "Virtual environment with \(BenchmarkApp.packages.joined(separator: ", ")) for Flower by hand, in place of a new one."
    )
    var environment: String?

    @Flag(help: "Leave Flower by hand out.")
    var withoutByHand = false

    func validate() throws {
        guard rounds > 1, roundsByHand > 1 else { throw ValidationError("Give two rounds or more.") }
        if let unknown = models.first(where: { Workload(rawValue: $0) == nil }) {
            throw ValidationError("There is no model \"\(unknown)\".")
        }
    }

    func run() async throws {
        let workloads = models.compactMap { Workload(rawValue: $0) }
        let (rounds, byHand, withoutByHand, environment) = (rounds, roundsByHand, withoutByHand, environment)
        let figures = try await withWorkplace("engines") { fixture in
            var figures = try await ManagedRounds(workloads: workloads, rounds: rounds).measure(in: fixture)
            if !withoutByHand {
                let hand = FlowerByHand(workloads: workloads, rounds: byHand, environment: environment)
                figures += try await hand.measure(in: fixture)
            }
            return figures
        }
        print(EngineTables(figures: figures))
    }
}
