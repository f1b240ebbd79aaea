import FlowRunner
import Foundation
import TestSupport
import Testing

/// What scikit-learn's users write.
@Suite(.serialized) struct EstimatorTests {
    private func project(_ fixture: Fixture, model: String, train: String) async throws -> Project {
        let code = """
            import numpy as np
            from sklearn.base import clone
            from sklearn.datasets import load_digits
            from sklearn.ensemble import RandomForestClassifier
            from sklearn.linear_model import LinearRegression, SGDClassifier
            from sklearn.neural_network import MLPClassifier
            from sklearn.pipeline import make_pipeline
            from sklearn.preprocessing import Normalizer, StandardScaler

            passes = 0

            def data():
                X, y = load_digits(return_X_y=True)
                return X, y

            def model():
                return \(model)

            def train(model, X, y, epochs):
                global passes
                passes += 1
                \(train)

            def evaluate(model, X, y):
                accuracy = model.score(X, y)
                return accuracy
            """
        return try Project(
            fixture,
            files: ["flow.py": code],
            stages: Project.functions,
            python: try await PythonEnvironment.sklearn.python()
        )
    }

    @Test func recipesStandInForFunctionsThatAProjectDoesNotHave() async throws {
        try await withFixture { fixture in
            let code = """
                from sklearn.datasets import load_digits
                from sklearn.linear_model import SGDClassifier

                def data():
                    X, y = load_digits(return_X_y=True)
                    X_train, y_train, X_test, y_test = X[:1200], y[:1200], X[1200:], y[1200:]
                    return X_train, y_train, X_test, y_test

                def model():
                    return SGDClassifier(random_state=0)
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: """
                    {"data": {"call": "flow:data", "with": {}}, "model": {"call": "flow:model", "with": {}},
                     "train": {"call": "fedops:sklearn.fit", "with": {}},
                     "evaluate": {"call": "fedops:sklearn.score", "with": {}, "examples": "$data.X_test"}}
                    """,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            #expect(try await project.round(epochs: 3).examples == 1200)
            let outcome = try await project.worker.evaluate(model: project.update, project.context())
            #expect(outcome.examples == 597)
            #expect(try #require(outcome.metrics["accuracy"]) > 0.8)
        }
    }

    @Test(arguments: [
        (
            "MLPClassifier((20,), random_state=0, learning_rate_init=0.01)",
            "for _ in range(epochs): model.partial_fit(X / 16, y, classes=np.arange(10))", "coefs_.0", false
        ),
        ("SGDClassifier(warm_start=True, random_state=0)", "return clone(model).fit(X, y)", "coef_", true),
        ("LinearRegression()", "model.fit(X, y)", "intercept_", true),
        ("make_pipeline(Normalizer(), SGDClassifier(warm_start=True))", "model.fit(X, y)", "coef_", true),
    ])
    func anUnfittedEstimatorGetsItsShapesFromOnePass(
        model: String,
        train: String,
        tensor: String,
        startsAtZero: Bool
    ) async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, model: model, train: train)
            try await project.start()
            #expect(try await project.round(1, epochs: 20).examples == 1797)
            #expect(try numbers(project.base, tensor).allSatisfy { $0 == 0 } == startsAtZero)
            #expect(try numbers(project.update, tensor) != numbers(project.base, tensor))
            let trained = try await project.worker.evaluate(model: project.update, project.context())
            #expect(try #require(trained.metrics["accuracy"]) > 0.5)
            // In a process that trained nothing yet, the global model alone decides.
            try await project.start()
            let again = try await project.worker.evaluate(model: project.update, project.context())
            #expect(again.metrics == trained.metrics)
        }
    }

    @Test(arguments: [
        ("RandomForestClassifier(3)", "model.fit(X, y)", "what it learns can't be averaged"),
        ("SGDClassifier(average=True)", "model.fit(X, y)", "leave average off"),
        (
            "make_pipeline(StandardScaler(), SGDClassifier())", "model.fit(X, y)",
            "step standardscaler of the pipeline (StandardScaler) learns mean_, var_, scale_"
        ),
        ("SGDClassifier", "model.fit(X, y)", "a model is a torch.nn.Module, a scikit-learn estimator"),
    ])
    func whatCannotBeAveragedIsRefused(model: String, train: String, message: String) async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, model: model, train: train)
            try await project.start()
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
            }
            #expect(failure.kind == .invalid)
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }
}

/// Modules of PyTorch, beside the example.
@Suite(.serialized) struct ModuleTests {
    @Test func bfloat16TiedLayersAndAStateDictionaryGoRoundTrip() async throws {
        try await withFixture { fixture in
            let code = """
                import torch
                from torch import nn
                from torch.utils.data import DataLoader, TensorDataset
                def data():
                    loader = DataLoader(TensorDataset(torch.zeros(10, 3)), 4)
                    return loader
                def model():
                    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).to(torch.bfloat16)
                    net.tied = net[0]
                    with torch.no_grad():
                        for tensor in net.state_dict().values(): tensor.fill_(3)
                    return net
                def train(model, data):
                    with torch.no_grad():
                        for parameter in model.parameters(): parameter += 0.5
                    return model.state_dict(), torch.tensor(0.5)
                def evaluate(model, data):
                    values = {float(value) for tensor in model.state_dict().values() for value in tensor.flatten()}
                    return {"least": min(values), "most": max(values), "bf16": model[0].weight.dtype == torch.bfloat16}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.torch.python()
            )
            try await project.start()
            let outcome = try await project.round()
            #expect(outcome.examples == 10)
            #expect(outcome.metrics == ["loss": 0.5])
            let evaluation = try await project.worker.evaluate(model: project.update, project.context())
            #expect(evaluation.metrics == ["least": 3, "most": 3.5, "bf16": 1])
            #expect(try numbers(project.update, "1.num_batches_tracked") == [3])
        }
    }

    @Test func aLazyModuleWithoutShapesIsRefused() async throws {
        try await withFixture { fixture in
            let code = """
                from torch import nn
                def data(): return [1]
                def model(): return nn.LazyLinear(3)
                def train(model): pass
                def evaluate(model): pass
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.torch.python()
            )
            try await project.start()
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
            }
            #expect(failure.message.contains("weight has no shape yet"), "\(failure.message)")
        }
    }
}
