import Aggregation
import Core
import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

/// The examples of `examples-repo`, federated over three sites by real workers.
@Suite(.serialized) struct LearningTests {
    private static let sites = ["north", "east", "south"]
    private static let examples = PythonEnvironment.package.appending(path: "examples-repo")

    @Test func digitsComeWithinTwoPointsOfTrainingOnAllDataTogether() async throws {
        try await withFixture { fixture in
            let python = try await PythonEnvironment.sklearn.python()
            let stages = """
                {"data": {"call": "data:load", "with": {"site": "$labels.site"}},
                 "model": {"call": "train:build_model", "with": {}}, "train": {"call": "train:train", "with": {}},
                 "evaluate": {"call": "train:evaluate", "with": {}, "examples": "$data.2"}}
                """
            let settings = #"{"sites": ["north", "east", "south"], "alpha": 0.0001, "rate": 0.05}"#
            let workers = try await workers(fixture, "", stages: stages, settings: settings, python: python)
            let history = try await federate(fixture, workers, rounds: 10, epochs: 5)

            let central = try await requireProcess(
                python.path,
                ["-B", "train.py", "--epochs", "50"],
                in: Self.examples
            )
            let line = try #require(central.split(separator: "\n").first { $0.hasPrefix("accuracy: ") })
            let accuracy = try #require(Double(line.dropFirst("accuracy: ".count)))
            #expect(accuracy > 0.95)
            #expect(abs(history[9] - accuracy) <= 0.02, "federated \(history), central \(accuracy)")
            #expect(history[0] < history[9])

            // A worker that was started anew evaluates the global model as the old one did.
            let global = fixture.url("global.safetensors")
            let context = StageContext(round: 11, epochs: 5, timeout: .seconds(180))
            let before = try await workers[0].evaluate(model: global, context)
            try await workers[0].start(timeout: .seconds(180))
            let after = try await workers[0].evaluate(model: global, context)
            #expect(before.metrics == after.metrics)
            #expect(before.examples == after.examples)
        }
    }

    @Test func aNetworkWithBatchNormalisationLearnsOverSites() async throws {
        try await withFixture { fixture in
            let stages = """
                {"data": {"call": "data:load", "with": {"site": "$labels.site", "batch": "$settings.batch"}},
                 "model": {"call": "model:DigitNet", "with": {}},
                 "train": {"call": "train:train", "with": {"loader": "$data.train"}},
                 "evaluate": {"call": "train:evaluate", "with": {"loader": "$data.test"}}}
                """
            let settings = #"{"sites": ["north", "east", "south"], "batch": 32, "rate": 0.05, "momentum": 0.9}"#
            let workers = try await workers(
                fixture,
                "pytorch",
                stages: stages,
                settings: settings,
                python: try await PythonEnvironment.torch.python()
            )
            let history = try await federate(fixture, workers, rounds: 5, epochs: 2)
            #expect(history[4] > 0.9, "\(history)")
            let specs = try SafetensorsFile(mapping: fixture.url("global.safetensors")).specs
            let counter = try #require(specs.first { $0.name == "features.1.num_batches_tracked" })
            #expect(counter.dtype == .i64)
            #expect(counter.shape == [])
            #expect(try numbers(fixture.url("global.safetensors"), counter.name)[0] > 0)
        }
    }

    private func workers(
        _ fixture: Fixture,
        _ folder: String,
        stages: String,
        settings: String,
        python: URL
    ) async throws -> [FlowWorker] {
        var workers: [FlowWorker] = []
        for site in Self.sites {
            let project = try Project(
                fixture,
                revision: Self.examples,
                flowFolder: folder,
                stages: stages,
                settings: settings,
                python: python,
                node: site,
                labels: ["site": site],
                environment: ["OMP_NUM_THREADS": "1"]
            )
            try await project.start()
            workers.append(project.worker)
        }
        return workers
    }

    /// Rounds of federated averaging; the mean accuracy of each, weighted by examples.
    private func federate(_ fixture: Fixture, _ workers: [FlowWorker], rounds: Int, epochs: Int) async throws
        -> [Double]
    {
        let global = fixture.url("global.safetensors")
        try await workers[0].makeModel(to: global, StageContext(round: 0, epochs: epochs, timeout: .seconds(120)))
        var history: [Double] = []
        for round in 1...rounds {
            let context = StageContext(round: round, epochs: epochs, timeout: .seconds(120))
            var mean = try FedAvg(reference: SafetensorsFile(mapping: global))
            for (index, worker) in workers.enumerated() {
                let update = fixture.url("update-\(index).safetensors")
                let outcome = try await worker.train(base: global, update: update, context)
                try mean.add(SafetensorsFile(mapping: update), examples: outcome.examples)
            }
            try mean.write(to: global)
            var right = 0.0
            var total = 0
            for worker in workers {
                let outcome = try await worker.evaluate(model: global, context)
                right += (outcome.metrics["accuracy"] ?? 0) * Double(outcome.examples)
                total += outcome.examples
            }
            #expect(total == 450)
            history.append(right / Double(total))
        }
        return history
    }
}
