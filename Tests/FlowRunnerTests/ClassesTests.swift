import FlowRunner
import Foundation
import TestSupport
import Testing

/// Estimators of scikit-learn on three nodes, of which two lack classes that the others have.
@Suite(.serialized) struct ClassesTests {
    /// Node 0 has all ten digits; node 1 lacks 0, 1, 2, node 2 lacks 7, 8, 9; node 3 has 3 and 5 alone.
    private static let code = """
        import numpy as np
        from sklearn.base import clone
        from sklearn.datasets import load_digits
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
        from sklearn.naive_bayes import GaussianNB, MultinomialNB
        from sklearn.neural_network import MLPClassifier
        from sklearn.pipeline import make_pipeline

        LACKING = [(), (0, 1, 2), (7, 8, 9), (0, 1, 2, 4, 6, 7, 8, 9)]
        ALL = load_digits(return_X_y=True)
        NAMES = np.array(["n%d" % i for i in range(10)])

        def data(part: int, named: bool = False):
            X, y = ALL[0][part::4] / 16, ALL[1][part::4]
            here = ~np.isin(y, LACKING[part])
            X, y = X[here], y[here]
            return {"X_train": X, "y_train": NAMES[y] if named else y}

        def model(make):
            return eval(make)

        def fit(model, X_train, y_train):
            model.fit(X_train, y_train)

        def passes(model, X_train, y_train, epochs):
            for _ in range(epochs): model.partial_fit(X_train, y_train, classes=np.unique(y_train))

        def anew(model, X_train, y_train):
            return clone(model).fit(X_train, y_train)

        def score(model, make, named: bool = False):
            X, y = ALL[0] / 16, ALL[1]
            parts = [data(part) for part in range(3)]
            central = eval(make).fit(*(np.concatenate([part[name] for part in parts]) for name in ("X_train", "y_train")))
            return {"accuracy": model.score(X, NAMES[y] if named else y), "central": central.score(X, y), "examples": 1,
                    "classes": len(model.classes_)}
        """

    private func nodes(
        _ fixture: Fixture,
        make: String,
        train: String,
        settings: String = #""classes": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"#,
        parts: [Int] = [0, 1, 2]
    ) async throws -> [Project] {
        var nodes: [Project] = []
        for part in parts {
            let node = try Project(
                fixture,
                files: ["flow.py": Self.code],
                stages: """
                    {"data": {"call": "flow:data", "with": {"part": \(part)}}, "model": {"call": "flow:model", "with": {}},
                     "train": {"call": "\(train)", "with": {}, "examples": "$data.y_train"},
                     "evaluate": {"call": "flow:score", "with": {}}}
                    """,
                settings: #"{"make": "\#(make)", \#(settings)}"#,
                python: try await PythonEnvironment.sklearn.python(),
                node: "node-\(part)",
                environment: ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]
            )
            try await node.start()
            nodes.append(node)
        }
        return nodes
    }

    @Test(arguments: [
        ("SGDClassifier(warm_start=True, random_state=0)", "flow:fit"),
        ("SGDClassifier(random_state=0)", "flow:anew"),
        ("SGDClassifier(random_state=0)", "flow:passes"),
        ("SGDClassifier(random_state=0)", "fedops:sklearn.fit"),
        ("LogisticRegression(warm_start=True, max_iter=30)", "flow:fit"),
    ])
    func classesThatANodeLacksStayAsTheGlobalModelHasThem(make: String, train: String) async throws {
        try await withFixture { fixture in
            let nodes = try await nodes(fixture, make: make, train: train, parts: [0, 1, 2, 3])
            let federation = try await Federation(fixture, nodes.map(\.worker))
            let history = try await federation.run(rounds: 4, epochs: 5)
            #expect(try #require(history[3]["accuracy"]) > (history[3]["central"] ?? 1) - 0.06, "\(history)")
            #expect(history[3]["classes"] == 10)
            #expect(try numbers(federation.global, "classes_") == Array(0...9).map(Double.init))
        }
    }

    @Test(arguments: [("flow:fit", #""named": true"#), ("flow:passes", #""named": false"#)])
    func naiveBayesIsThatOfAllDataTogether(train: String, named: String) async throws {
        try await withFixture { fixture in
            let nodes = try await nodes(fixture, make: "GaussianNB()", train: train, settings: named)
            let history = try await Federation(fixture, nodes.map(\.worker)).run(rounds: 2)
            // Its statistics add up, so that one round is enough, and a second changes nothing.
            #expect(history[0] == history[1])
            #expect(abs((history[0]["accuracy"] ?? 0) - (history[0]["central"] ?? 1)) < 1e-9, "\(history)")
        }
    }

    @Test func theCountsOfMultinomialNaiveBayesComeNearThoseOfAllDataTogether() async throws {
        try await withFixture { fixture in
            let nodes = try await nodes(
                fixture,
                make: "MultinomialNB()",
                train: "flow:fit",
                settings: #""named": false"#
            )
            let history = try await Federation(fixture, nodes.map(\.worker)).run(rounds: 2)
            #expect(history[0] == history[1])
            #expect(abs((history[1]["accuracy"] ?? 0) - (history[1]["central"] ?? 1)) < 0.01, "\(history)")
        }
    }

    @Test(arguments: [
        ("SGDClassifier()", "have the classes 0, 1, 2, which the global model has not (it has 3, 4, 5"),
        ("MLPClassifier((5,), max_iter=2)", "lack the classes 7, 8, 9: MLPClassifier needs them from its first fit on"),
    ])
    func whatCannotBePutInOrderIsRefused(make: String, message: String) async throws {
        try await withFixture { fixture in
            let isUnnamed = make.hasPrefix("SGD")
            let nodes = try await nodes(
                fixture,
                make: make,
                train: "flow:fit",
                settings: isUnnamed ? #""named": false"# : #""classes": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"#,
                parts: isUnnamed ? [1, 2] : [0, 2]
            )
            let failure = try await nodes[0].failure { () throws(StageFailure) in
                try await nodes[0].worker.makeModel(to: nodes[0].base, nodes[0].context())
                _ = try await nodes[1].worker.train(
                    base: nodes[0].base,
                    update: nodes[1].update,
                    nodes[1].context()
                )
            }
            #expect(failure.kind == .invalid)
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }

    @Test func theRecipeTellsTheR2OfARegressorWithSeveralOutputs() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                from sklearn.linear_model import Ridge
                def data():
                    X_train = np.random.default_rng(0).normal(size=(60, 4))
                    y_train = X_train @ np.arange(8).reshape(4, 2) + 1
                    return {"X_train": X_train, "y_train": y_train, "X_test": X_train, "y_test": y_train}
                def model(): return Ridge(1e-6)
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: """
                    {"data": {"call": "flow:data", "with": {}}, "model": {"call": "flow:model", "with": {}},
                     "train": {"call": "fedops:sklearn.fit", "with": {}},
                     "evaluate": {"call": "fedops:sklearn.score", "with": {}}}
                    """,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            #expect(try await project.round().examples == 60)
            #expect(try numbers(project.update, "intercept_").count == 2)
            let outcome = try await project.worker.evaluate(model: project.update, project.context())
            #expect(try #require(outcome.metrics["r2"]) > 0.999)
            #expect(outcome.metrics["accuracy"] == nil)
        }
    }

    @Test func aVocabularyThatANodeLearnsIsRefused() async throws {
        try await withFixture { fixture in
            let code = """
                from sklearn.feature_extraction.text import CountVectorizer
                from sklearn.linear_model import SGDClassifier
                from sklearn.pipeline import make_pipeline
                def data(): return {"X_train": ["a good one", "a bad one"] * 3, "y_train": [1, 0] * 3}
                def model(): return make_pipeline(CountVectorizer(), SGDClassifier())
                def train(model, X_train, y_train): model.fit(X_train, y_train)
                def evaluate(model): return 1
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
            }
            #expect(failure.message.contains("(CountVectorizer) learns vocabulary_ from this node's data alone"))
        }
    }
}
