import Core
import Foundation
import TestSupport
import Testing

@testable import Commands
@testable import fedops

/// `fedops init --yes` on projects as their authors would have written them, below `Projects`.
@Suite struct InitProjectTests {
    /// What the flow must have for each; stages by their function, `with` by parameter.
    struct Expected: Sendable, CustomTestStringConvertible {
        var project: String
        var shape: String
        var stages: [String]
        var with: [[String: String]] = [[:], [:], [:], [:]]
        var settings: [String: JSONValue] = [:]
        var epochs = 1
        var path: String?

        var testDescription: String { project }
    }

    static let expected = [
        Expected(
            project: "torch",
            shape: "PyTorch",
            stages: ["data:get_loaders", "model:LesionNet", "train:train", "train:test"],
            with: [
                ["hospital": "$labels.hospital"], [:],
                [
                    "net": "$model", "trainloader": "$data.train_loader", "num_epochs": "$epochs", "device": "cpu",
                ],
                ["net": "$model", "testloader": "$data.test_loader", "device": "cpu"],
            ],
            settings: ["batch_size": .int(16), "num_classes": .int(2), "lr": .double(0.05)],
            epochs: 3
        ),
        Expected(
            project: "sklearn",
            shape: "scikit-learn",
            stages: [
                "churn.dataset:load_customers", "churn.modeling:build_classifier", "churn.modeling:fit",
                "churn.modeling:evaluate",
            ],
            with: [
                ["region": "$labels.region"], [:],
                ["clf": "$model", "X_train": "$data.X_tr", "y_train": "$data.y_tr", "n_epochs": "$epochs"],
                ["clf": "$model", "X_test": "$data.X_te", "y_test": "$data.y_te"],
            ],
            epochs: 5,
            path: "src"
        ),
        Expected(
            project: "estimator",
            shape: "scikit-learn",
            stages: [
                "analysis:get_data", "sklearn.linear_model:SGDClassifier", "fedops:sklearn.fit", "fedops:sklearn.score",
            ],
            with: [[:], ["loss": "log_loss", "random_state": "3"], [:], [:]]
        ),
        Expected(
            project: "numpy",
            shape: "NumPy",
            stages: ["regression:make_samples", "regression:init_weights", "regression:fit", "regression:score"],
            with: [["site": "$labels.site"], [:], ["weights": "$model"], ["weights": "$model"]],
            settings: ["rate": .double(0.1)]
        ),
        Expected(
            project: "methods",
            shape: "NumPy",
            stages: ["trainer:load_samples", "trainer:new_weights", "trainer:Learner.fit", "trainer:Learner.evaluate"],
            with: [
                [:], [:], ["weights": "$model", "samples": "$data"], ["weights": "$model", "samples": "$data"],
            ],
            settings: ["rate": .double(0.5)]
        ),
        Expected(
            project: "keras",
            shape: "Keras",
            stages: ["run:load_data", "model:create_model", "run:train_model", "run:evaluate_model"],
            with: [
                [:], [:], ["x_train": "$data.0.0", "y_train": "$data.0.1"],
                ["x_test": "$data.1.0", "y_test": "$data.1.1"],
            ],
            epochs: 5
        ),
        Expected(
            project: "jax",
            shape: "JAX",
            stages: ["mlp:load_iris_split", "mlp:init_params", "mlp:train", "mlp:evaluate"],
            with: [["shard_id": "$labels.partition-id"], [:], ["params": "$model"], ["params": "$model"]],
            settings: ["learning_rate": .double(0.01)]
        ),
        Expected(
            project: "xgboost",
            shape: "XGBoost",
            stages: ["boost:load_data", "boost:new_booster", "boost:train", "boost:evaluate"],
            with: [
                ["client_id": "$labels.partition-id", "num_clients": "$labels.num-partitions"], [:], ["bst": "$model"],
                ["bst": "$model"],
            ]
        ),
        // Its train has fit make new trees only, which no round could append.
        Expected(
            project: "xgboost-anew",
            shape: "XGBoost",
            stages: ["trees:load_data", "trees:build_model", "fedops:xgboost.fit", "trees:evaluate"],
            with: [
                ["client_id": "$labels.partition-id", "num_clients": "$labels.num-partitions"], [:], [:], [:],
            ]
        ),
        Expected(
            project: "lightning",
            shape: "Lightning",
            stages: [
                "digits.datamodule:DigitsData", "digits.module:DigitsModule", "digits.tasks:run_fit",
                "digits.tasks:run_test",
            ],
            with: [
                [:], [:], ["module": "$model", "datamodule": "$data", "max_epochs": "$epochs"],
                ["module": "$model", "datamodule": "$data"],
            ]
        ),
        Expected(
            project: "peft",
            shape: "PEFT adapters",
            stages: ["finetune:load_data", "finetune:get_model", "finetune:train", "finetune:test"],
            with: [["partition_id": "$labels.partition-id"], [:], [:], [:]]
        ),
        Expected(
            project: "silo",
            shape: "FedOps Silo project",
            stages: ["fedops:silo.data", "fedops:silo.model", "fedops:silo.train", "fedops:silo.evaluate"]
        ),
        Expected(
            project: "flower",
            shape: "Flower app, message API",
            stages: ["fedops:flower.data", "fedops:flower.model", "fedops:flower.train", "fedops:flower.evaluate"]
        ),
        Expected(
            project: "commands",
            shape: "commands",
            stages: ["bin/data", "bin/model", "bin/train", "bin/evaluate"]
        ),
    ]

    @Test(
        "what is written parses, names the project's own functions, binds what differs, and is sound",
        arguments: expected
    )
    func projects(_ expected: Expected) async throws {
        try await withFixture { fixture in
            let folder = try copy(expected.project, fixture)
            let (status, recorder) = await command("init", folder.path, "--yes", "--no-import")
            #expect(status == 0, "\(recorder.out)\(recorder.error)")
            #expect(recorder.out.contains(expected.shape), "\(recorder.out)")
            let flow = try flow(in: folder)
            let stages = Flow.StageName.allCases.map { name -> String in
                let stage = flow.stages[name]
                return stage.call?.description ?? stage.command?.joined(separator: " ") ?? ""
            }
            #expect(stages == expected.stages)
            for (name, with) in zip(Flow.StageName.allCases, expected.with) {
                let found = flow.stages[name].with.mapValues { YAMLText.value($0.source) }
                #expect(found == with, "\(name)")
            }
            #expect(flow.settings == expected.settings)
            #expect(flow.rounds.epochs == expected.epochs)
            #expect(flow.runtime.path == expected.path)
            let (checked, page) = await command("check", folder.path)
            #expect(checked == 0, "\(page.out)\(page.error)")
            #expect(page.out.contains("is sound: 0 errors"), "\(page.out)")
        }
    }

    @Test("an older Flower client without an app is told apart, and what it lacks is said")
    func olderFlower() async throws {
        try await withFixture { fixture in
            let folder = try copy("older-flower", fixture)
            let (_, recorder) = await command("init", folder.path, "--yes", "--no-import", "-o", "json")
            #expect(recorder.out.contains("Flower app, NumPyClient"), "\(recorder.out)\(recorder.error)")
            #expect(recorder.out.contains("client.py:8 Client is a flwr.client.NumPyClient"))
        }
    }

    @Test("a script without functions ends with 1, says what is missing, and check points at it")
    func script() async throws {
        try await withFixture { fixture in
            let folder = try copy("script", fixture)
            let (status, recorder) = await command("init", folder.path, "--yes", "--no-import")
            #expect(status == 1)
            #expect(
                recorder.out.contains("stages.data: no function for it was found"),
                "\(recorder.out)\(recorder.error)"
            )
            #expect(
                recorder.out.contains("everything.py:7 makes a sklearn.ensemble.RandomForestClassifier: trees have no")
            )
            let (checked, page) = await command("check", folder.path)
            #expect(checked == 1)
            #expect(page.out.contains("stages.data.call: fedops init found no function for this stage"), "\(page.out)")
        }
    }

    @Test("requirements are the project's own file, else a new one from pyproject.toml or the imports, which is said")
    func requirements() async throws {
        try await withFixture { fixture in
            for (project, packages) in [
                ("torch", ["numpy", "torch"]), ("sklearn", ["numpy", "scikit-learn>=1.3"]), ("numpy", ["numpy"]),
            ] {
                let folder = try copy(project, fixture)
                let (_, recorder) = await command("init", folder.path, "--yes", "--no-import")
                let text = try String(contentsOf: folder.appending(path: "requirements.txt"), encoding: .utf8)
                let lines = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
                #expect(lines == packages)
                #expect(recorder.out.contains("requirements.txt is new") == (project != "torch"))
            }
            // A recipe's are those of the modules that it imports, and its own.
            let silo = try copy("silo", fixture)
            try FileManager.default.removeItem(at: silo.appending(path: "requirements.txt"))
            #expect(await command("init", silo.path, "--yes", "--no-import").status == 0)
            let text = try String(contentsOf: silo.appending(path: "requirements.txt"), encoding: .utf8)
            #expect(text.split(separator: "\n").dropFirst() == ["torch", "omegaconf"])
        }
    }
}

func command(_ arguments: String...) async -> (status: Int32, recorder: Recorder) {
    let recorder = Recorder()
    let status = await Console.$current.withValue(recorder.console()) {
        await CommandLineTool.run(FedOps.self, arguments)
    }
    return (status, recorder)
}

/// One of the projects, where it may be written to.
func copy(_ project: String, _ fixture: Fixture) throws -> URL {
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Projects/\(project)")
    let place = fixture.folder.appending(path: project, directoryHint: .isDirectory)
    try FileManager.default.copyItem(at: source, to: place)
    return place
}

func flow(in folder: URL) throws -> Flow {
    let bytes = try Data(contentsOf: folder.appending(path: "fedops.yaml"))
    let (flow, diagnostics) = Flow.parse(bytes: bytes, file: "fedops.yaml")
    #expect(diagnostics.isEmpty)
    return try #require(flow)
}
