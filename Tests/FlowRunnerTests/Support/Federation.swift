import Aggregation
import FlowRunner
import Foundation
import Tensors
import TestSupport

/// Rounds of federated averaging over workers, without nodes or a network.
struct Federation {
    let workers: [FlowWorker]
    let global: URL

    /// The first worker makes the first model.
    init(_ fixture: Fixture, _ workers: [FlowWorker]) async throws {
        self.workers = workers
        global = fixture.url("global.safetensors")
        try await workers[0].makeModel(to: global, StageContext(round: 0, epochs: 1, timeout: .seconds(180)))
    }

    /// The mean of each metric over the workers after each round, weighted by their examples.
    func run(rounds: Int, epochs: Int = 1) async throws -> [[String: Double]] {
        var history: [[String: Double]] = []
        for round in 1...rounds {
            let context = StageContext(round: round, epochs: epochs, timeout: .seconds(180))
            var mean = try FedAvg(reference: SafetensorsFile(mapping: global))
            for (index, worker) in workers.enumerated() {
                let update = global.deletingLastPathComponent().appending(path: "update-\(index).safetensors")
                let outcome = try await worker.train(base: global, update: update, context)
                try mean.add(SafetensorsFile(mapping: update), examples: outcome.examples)
            }
            try mean.write(to: global)
            var sums: [String: Double] = [:]
            var total = 0
            for worker in workers {
                let outcome = try await worker.evaluate(model: global, context)
                for (name, value) in outcome.metrics { sums[name, default: 0] += value * Double(outcome.examples) }
                total += outcome.examples
            }
            history.append(sums.mapValues { $0 / Double(total) })
        }
        return history
    }
}
