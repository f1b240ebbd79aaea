import Core
import FlowRunner
import Foundation
import Simulation
import TestSupport
import Testing

@Suite struct SimulateTests {
    private func options(seed: Int) -> FederationOptions {
        var options = FederationOptions()
        options.clients = 60
        options.sample = 8
        options.rounds = 4
        options.epochs = 1
        options.workers = 2
        options.seed = seed
        options.dropout = 0.25
        options.delay = 0.5...30
        return options
    }

    @Test func oneSeedGivesTheSameRoundsAgain() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            let first = try await place.rounds(options(seed: 7))
            let second = try await place.rounds(options(seed: 7))
            let other = try await place.rounds(options(seed: 8))
            #expect(first.status == .completed, "\(first.reason ?? "")")
            #expect(first.rounds.map(\.model) == second.rounds.map(\.model))
            #expect(first.rounds.map(\.missing) == second.rounds.map(\.missing))
            #expect(first.rounds.map(\.evaluation) == second.rounds.map(\.evaluation))
            #expect(first.rounds.map(\.simulatedSeconds) == second.rounds.map(\.simulatedSeconds))
            #expect(first.rounds.map(\.model) != other.rounds.map(\.model))

            let lost = first.rounds.flatMap(\.missing)
            #expect(!lost.isEmpty)
            #expect(lost.allSatisfy { $0.why.contains("dropped out") })
            #expect(first.failures.isEmpty)
            // Simulated, not slept: the slowest of eight clients takes longer than this whole round does.
            #expect(first.rounds.allSatisfy { $0.simulatedSeconds ?? 0 > 5 && $0.simulatedSeconds ?? 99 <= 30 })
            #expect(first.peakBytes ?? 0 > 1 << 20)
            #expect(first.workerPeakBytes ?? 0 > 1 << 20)
        }
    }

    @Test func whoComesAfterTheEndOfTrainingIsLost() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            var options = options(seed: 1)
            options.dropout = 0
            // The example's deadline is two minutes, and training gets four fifths of it.
            options.delay = 60...120
            options.rounds = 2
            let report = try await place.rounds(options)
            #expect(report.status == .completed, "\(report.reason ?? "")")
            let lost = report.rounds.flatMap(\.missing)
            #expect(!lost.isEmpty)
            #expect(lost.allSatisfy { $0.why.contains("training is over") })
            for round in report.rounds where !round.missing.isEmpty {
                #expect(round.simulatedSeconds == 96)
            }
        }
    }

    /// A round that fails by chance is tried again after its back-off, which nobody sleeps.
    @Test func failedRoundsAreTriedAgainWithoutWaiting() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            var options = options(seed: 3)
            options.dropout = 0.7
            options.delay = nil
            options.retries = 1000
            let begun = ContinuousClock.now
            let report = try await place.rounds(options)
            #expect(report.status == .completed, "\(report.reason ?? "")")
            let failed = report.rounds.filter { $0.status == .failed }.count
            #expect(failed > 0)
            #expect(report.rounds.filter { $0.status == .finished }.map(\.round) == [1, 2, 3, 4])
            #expect(ContinuousClock.now - begun < .seconds(90))
        }
    }

    @Test func aWorkerThatDiesIsStartedAnew() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            try place.edit("train.py") {
                $0.replacing(
                    "    for _ in range(epochs):",
                    with: "    import os\n    if node == \"client-03\": os._exit(9)\n    for _ in range(epochs):"
                ).replacing(
                    "def train(model, X_train, y_train, epochs=50):",
                    with: "def train(model, X_train, y_train, node='', epochs=50):"
                )
            }
            var options = options(seed: 0)
            options.clients = 12
            options.sample = nil
            options.dropout = 0
            options.delay = nil
            options.rounds = 2
            let report = try await place.rounds(options)
            #expect(report.status == .completed, "\(report.reason ?? "")")
            #expect(report.rounds.map { $0.missing.map(\.node) } == [["client-03"], ["client-03"]])
            #expect(report.rounds.map(\.contributions.count) == [11, 11])
            #expect(Set(report.failures.map(\.kind)) == [.crash])
        }
    }
}
