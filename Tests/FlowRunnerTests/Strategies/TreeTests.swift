import Aggregation
import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct TreeTests {
    /// Breast cancer data, sorted by the first feature, in three parts of which two have mostly one class.
    private static let project = """
        import numpy as np
        import xgboost as xgb
        from sklearn.datasets import load_breast_cancer

        from flwr.serverapp.strategy.strategy_utils import aggregate_bagging

        # Flower's clients would each start from their own data's base_score otherwise.
        PARAMS = {"objective": "binary:logistic", "eta": 0.1, "max_depth": 3, "nthread": 1, "base_score": 0.5}

        def parts(site):
            X, y = load_breast_cancer(return_X_y=True)
            test = np.arange(len(y)) % 4 == 0
            X, y, X_test, y_test = X[~test], y[~test], X[test], y[test]
            order = np.argsort(X[:, 0])
            order = [order, order[:150], order[150:220], order[220:]][site]
            return X[order], y[order], X_test, y_test

        def data(site):
            X, y, X_test, y_test = parts(int(site))
            dtrain, dtest = xgb.DMatrix(X, label=y), xgb.DMatrix(X_test, label=y_test)
            return dtrain, dtest

        def model():
            return xgb.Booster(PARAMS)

        def train(bst, dtrain, epochs):
            for i in range(epochs):
                bst.update(dtrain, bst.num_boosted_rounds())

        def anew(dtrain, epochs):
            return xgb.train(PARAMS, dtrain, epochs)

        def onward(dtrain, epochs, xgb_model=None):
            return xgb.train(PARAMS, dtrain, epochs, xgb_model=xgb_model)

        def accuracy(bst, dtest):
            return float(((bst.predict(dtest) > 0.5) == dtest.get_label()).mean())

        def flowers(rounds):
            # The booster that Flower's own aggregation makes of the same clients.
            model = b""
            for _ in range(rounds):
                old = bytearray(model)
                for site in (1, 2, 3):
                    if old:
                        bst = xgb.Booster(PARAMS, model_file=old)
                        bst.update(data(site)[0], bst.num_boosted_rounds())
                        bst = bst[bst.num_boosted_rounds() - 1 :]
                    else:
                        bst = xgb.train(PARAMS, data(site)[0], 1)
                    model = aggregate_bagging(model, bytes(bst.save_raw("json")))
            return xgb.Booster(PARAMS, model_file=bytearray(model))

        def evaluate(bst, dtest):
            # The sum of all trees' margins, each taken alone, beside what XGBoost makes of the whole.
            X_test = parts(0)[2]
            plain = xgb.DMatrix(X_test, base_margin=np.zeros(len(X_test)))
            rounds = bst.num_boosted_rounds()
            alone = [bst.predict(plain, output_margin=True, iteration_range=(i, i + 1)) for i in range(rounds)]
            whole = bst.predict(plain, output_margin=True)
            central = xgb.train(PARAMS, data(0)[0], max(rounds, 1))
            flower = flowers(rounds // 3)
            return {
                "flower": float(np.abs(bst.predict(dtest, output_margin=True) - flower.predict(dtest, output_margin=True)).max()),
                "flowerRounds": flower.num_boosted_rounds(),
                "accuracy": accuracy(bst, dtest), "central": accuracy(central, dtest), "rounds": rounds,
                "gap": float(np.abs(whole - np.sum(alone, axis=0, dtype=np.float64)).max()) if rounds else 0.0,
            }
        """

    private static func stages(_ train: String) -> String {
        """
        {"data": {"call": "flow:data", "with": {"site": "$labels.site"}}, "model": {"call": "flow:model", "with": {}},
         "train": {"call": "flow:\(train)", "with": \(train == "train" ? #"{"bst": "$model"}"# : "{}")},
         "evaluate": {"call": "flow:evaluate", "with": {"bst": "$model"}}}
        """
    }

    private func workers(_ fixture: Fixture, _ train: String = "train", strategy: String = "fedxgbbagging") async throws
        -> [FlowWorker]
    {
        let python = try await PythonEnvironment.frameworks.python()
        var workers: [FlowWorker] = []
        for site in 1...3 {
            let project = try Project(
                fixture,
                files: ["flow.py": Self.project],
                stages: Self.stages(train),
                strategy: "\"\(strategy)\"",
                python: python,
                node: "site-\(site)",
                labels: ["site": "\(site)"]
            )
            try await project.start()
            workers.append(project.worker)
        }
        return workers
    }

    @Test(arguments: ["train", "onward"]) func baggingIsFlowersAndComesNearToCentralTraining(_ train: String)
        async throws
    {
        try await withFixture { fixture in
            let workers = try await workers(fixture, train)
            let model = fixture.url("model.safetensors")
            try await workers[0].makeModel(to: model, StageContext(round: 0, epochs: 1, timeout: .seconds(180)))
            for round in 1...10 {
                let context = StageContext(round: round, epochs: 1, timeout: .seconds(180))
                var bagging = try FedXgbBagging(reference: SafetensorsFile(mapping: model))
                var other = bagging
                var updates: [(SafetensorsFile, UpdateNumbers)] = []
                for (index, worker) in workers.enumerated() {
                    let update = fixture.url("update-\(round)-\(index).safetensors")
                    let outcome = try await worker.train(base: model, update: update, context)
                    updates.append(
                        (
                            try SafetensorsFile(mapping: update),
                            UpdateNumbers(node: "site-\(index + 1)", examples: outcome.examples)
                        )
                    )
                }
                for (file, numbers) in updates { try bagging.add(file, numbers) }
                for (file, numbers) in updates.reversed() { try other.add(file, numbers) }
                try bagging.write(to: model, metadata: [:])
                let reversed = fixture.url("reversed.safetensors")
                try other.write(to: reversed, metadata: [:])
                #expect(try Data(contentsOf: reversed) == Data(contentsOf: model), "the order of arrival matters")
            }
            let context = StageContext(round: 10, epochs: 1, timeout: .seconds(180))
            let metrics = try await workers[0].evaluate(model: model, context).metrics
            #expect(metrics["rounds"] == 30)
            #expect(metrics["flowerRounds"] == 30)
            #expect(try #require(metrics["flower"]) < 1e-6, "\(metrics)")
            #expect(try #require(metrics["gap"]) < 1e-5)
            #expect(try #require(metrics["accuracy"]) > #require(metrics["central"]) - 0.03)
        }
    }

    @Test func aTrainFunctionThatStartsAnewIsRefused() async throws {
        try await withFixture { fixture in
            let workers = try await workers(fixture, "anew")
            let model = fixture.url("model.safetensors")
            let context = StageContext(round: 1, epochs: 1, timeout: .seconds(180))
            try await workers[0].makeModel(to: model, context)
            let update = fixture.url("update.safetensors")
            _ = try await workers[0].train(base: model, update: update, context)
            var bagging = try FedXgbBagging(reference: SafetensorsFile(mapping: model))
            try bagging.add(SafetensorsFile(mapping: update), UpdateNumbers(node: "a", examples: 1))
            try bagging.write(to: model, metadata: [:])
            let failure = await #expect(throws: StageFailure.self) {
                _ = try await workers[1].train(base: model, update: update, context)
            }
            #expect(failure?.message.contains("go on from the booster") == true, "\(failure?.message ?? "")")
        }
    }

    @Test func treesWithAMeanAreRefused() async throws {
        try await withFixture { fixture in
            let workers = try await workers(fixture, strategy: "fedavg")
            let context = StageContext(round: 1, epochs: 1, timeout: .seconds(180))
            let failure = await #expect(throws: StageFailure.self) {
                try await workers[0].makeModel(to: fixture.url("model.safetensors"), context)
            }
            #expect(failure?.message.contains("write rounds.strategy: fedxgbbagging") == true)
        }
    }
}
