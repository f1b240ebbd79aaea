import FlowRunner
import Foundation
import TestSupport
import Testing

/// Projects in the form of other platforms, whose files stay as their authors wrote them.
@Suite(.serialized) struct ProjectShapeTests {
    private static let projects = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Projects")

    private static func stages(_ recipe: String) -> String {
        """
        {"data": {"call": "fedops:\(recipe).data", "with": {}}, "model": {"call": "fedops:\(recipe).model", "with": {}},
         "train": {"call": "fedops:\(recipe).train", "with": {}},
         "evaluate": {"call": "fedops:\(recipe).evaluate", "with": {}}}
        """
    }

    /// A project's folder on three nodes, with a label of each node's number.
    private func projects(
        _ fixture: Fixture,
        _ folder: String,
        _ recipe: String,
        label: String,
        labels: [String: String] = [:],
        settings: String = "{}",
        environment: PythonEnvironment
    ) async throws -> [Project] {
        var projects: [Project] = []
        for site in 0..<3 {
            projects.append(
                try Project(
                    fixture,
                    revision: Self.projects.appending(path: folder),
                    stages: Self.stages(recipe),
                    settings: settings,
                    python: try await environment.python(),
                    node: "node-\(site)",
                    labels: labels.merging([label: "\(site)"]) { $1 },
                    environment: ["OMP_NUM_THREADS": "1"]
                )
            )
            try await projects[site].start()
        }
        return projects
    }

    @Test func aSiloProjectLearnsOverThreeSites() async throws {
        try await withFixture { fixture in
            let sites = try await projects(
                fixture,
                "silo",
                "silo",
                label: "site_id",
                settings: #"{"learning_rate": 0.004}"#,
                environment: .silo
            )
            let history = try await Federation(fixture, sites.map(\.worker)).run(rounds: 4, epochs: 3)
            #expect(try #require(history[3]["accuracy"]) > 0.9, "\(history)")
            #expect(abs((history[3]["learning_rate"] ?? 0) - 0.004) < 1e-9)
            #expect(history[3]["error_rate"] != nil)
            let context = StageContext(round: 5, epochs: 1, timeout: .seconds(180))
            let outcome = try await sites[1].worker.train(
                base: fixture.url("global.safetensors"),
                update: fixture.url("update.safetensors"),
                context
            )
            #expect(outcome.examples == 300)
            #expect(try #require(outcome.metrics["val_accuracy"]) > 0.9)
        }
    }

    /// The configuration as it is read where OmegaConf is not installed, and a flow that says what differs.
    @Test(arguments: [
        ("batch_size: 32", "batch_size: 32", nil as String?),
        ("validation_split: 0.2", "valid: 0.2", "takes validation_split, which neither conf/config.yaml nor a label"),
        ("_target_: models.DigitsNet", "_target_: models.DigitNet", "models has no DigitNet; did you mean DigitsNet?"),
        ("${dataset.classes}", "${dataset.klasses}", "${dataset.klasses}: there is no klasses in it"),
        ("'Pytorch'", "'Tensorflow'", "has the model_type Tensorflow"),
    ])
    func itsConfigurationNeedsNoOmegaConf(text: String, changed: String, failure: String?) async throws {
        try await withFixture { fixture in
            try FileManager.default.copyItem(
                at: Self.projects.appending(path: "silo"),
                to: fixture.url("revision")
            )
            let config = try String(contentsOf: fixture.url("revision/conf/config.yaml"), encoding: .utf8)
            let project = try Project(
                fixture,
                files: [
                    "conf/config.yaml": config.replacing(text, with: changed),
                    "omegaconf.py": "raise ModuleNotFoundError(\"No module named 'omegaconf'\", name='omegaconf')",
                ],
                stages: Self.stages("silo"),
                python: try await PythonEnvironment.silo.python(),
                labels: ["site_id": "2"]
            )
            try await project.start()
            guard let failure else {
                #expect(try await project.round().examples == 300)
                return
            }
            let found = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
                _ = try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            #expect(found.kind == .invalid)
            #expect(found.message.contains(failure), "\(found.message)")
        }
    }

    @Test func aFlowerAppOfMessagesLearnsOverThreeNodes() async throws {
        try await withFixture { fixture in
            let nodes = try await projects(
                fixture,
                "flower",
                "flower",
                label: "partition-id",
                labels: ["num-partitions": "3"],
                settings: #"{"local-epochs": 3}"#,
                environment: .frameworks
            )
            let federation = try await Federation(fixture, nodes.map(\.worker))
            // The ServerApp's own first arrays, in their dtypes.
            #expect(try numbers(federation.global, "weight").allSatisfy { $0 == 0.01 })
            #expect(try numbers(federation.global, "bias") == Array(repeating: 0, count: 10))
            let history = try await federation.run(rounds: 3)
            #expect(try #require(history[2]["eval_acc"]) > 0.85, "\(history)")
            #expect(try #require(history[2]["eval_loss"]) < history[0]["eval_loss"] ?? 0)
            let context = StageContext(round: 4, epochs: 1, timeout: .seconds(180))
            let outcome = try await nodes[2].worker.train(
                base: federation.global,
                update: fixture.url("update.safetensors"),
                context
            )
            #expect(outcome.examples == 479)
            // Its Context's state lives from round to round; FedProx of the ServerApp sets mu, the message the round.
            #expect(outcome.metrics["calls"] == 4)
            #expect(outcome.metrics["mu"] == 0.1)
            #expect(outcome.metrics["round"] == 4)
        }
    }

    @Test func anOlderFlowerAppStartsFromItsClientsParameters() async throws {
        try await withFixture { fixture in
            let nodes = try await projects(
                fixture,
                "older-flower",
                "flower",
                label: "partition-id",
                environment: .frameworks
            )
            let federation = try await Federation(fixture, nodes.map(\.worker))
            #expect(nodes[0].log.text("model").contains { $0.contains("get_parameters") })
            let history = try await federation.run(rounds: 2)
            // Centres near (0, 0), (1, 1) and (2, 2) have theirs near (1, 1); the strategy halves the rate each round.
            #expect(try numbers(federation.global, "0").allSatisfy { abs($0 - 1) < 0.1 })
            #expect(try numbers(federation.global, "1") == [2])
            #expect(try #require(history[1]["loss"]) > 0.5)
            #expect(try #require(history[1]["near"]) < 0.4)
        }
    }

    @Test func aFlowerAppsNodeWithoutItsPartitionIsToldWhichLabelsToGive() async throws {
        try await withFixture { fixture in
            let project = try Project(
                fixture,
                revision: Self.projects.appending(path: "flower"),
                stages: Self.stages("flower"),
                settings: #"{"local-epoch": 3}"#,
                python: try await PythonEnvironment.frameworks.python()
            )
            try await project.start()
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
                _ = try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            #expect(failure.kind == .invalid)
            #expect(
                failure.message.contains("the labels partition-id (0, 1, …) and num-partitions"),
                "\(failure.message)"
            )
            #expect(project.log.text("data").contains { $0.contains("did you mean local-epochs?") })
        }
    }
}
