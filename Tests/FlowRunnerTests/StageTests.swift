import Core
import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct StageTests {
    private static let counting = """
        import numpy as np
        loads = []

        def data(labels, node):
            loads.append(node)
            X, y = np.arange(6.0).reshape(3, 2), np.ones(3)
            return X, y

        def model(width):
            return {"layer": {"w": np.zeros((2, width)), "b": np.zeros(width, np.float32)}, "steps": [np.int64(0)]}

        def train(model, X, y, epochs, round, rate=0.5, unknown="left alone"):
            assert unknown == "left alone"
            model["layer"]["w"] += rate * epochs
            model["steps"][0] += len(loads)
            print("round", round)
            return {"loss": np.float32(0.25), "nested": {"f1": 1}, "nan": float("nan")}

        def evaluate(model, y):
            return float(model["layer"]["w"].sum())
        """

    @Test func aRoundTrainsFromTheGlobalModelAndDataAreLoadedOnce() async throws {
        try await withFixture { fixture in
            let project = try Project(
                fixture,
                files: ["flow.py": Self.counting],
                stages: Project.functions,
                settings: #"{"width": 4, "rate": 0.25}"#,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            for round in 1...2 {
                let outcome = try await project.round(round, epochs: 2)
                #expect(outcome.examples == 3)
                #expect(outcome.metrics == ["loss": 0.25, "nested.f1": 1])
                // Each round starts from the same global model, which is zeros.
                #expect(try numbers(project.update, "layer.w") == Array(repeating: 0.5, count: 8))
                #expect(try numbers(project.update, "steps.0") == [1])
            }
            #expect(project.log.text("train") == ["round 1", "round 2"])
            #expect(project.log.text("train", .stderr).contains { $0.contains("metric nan is nan") })
            let evaluation = try await project.worker.evaluate(model: project.update, project.context())
            #expect(evaluation.metrics == ["score": 4])
            #expect(evaluation.examples == 3)
            #expect(
                try SafetensorsFile(mapping: project.base).specs.map(\.name).sorted() == [
                    "layer.b", "layer.w", "steps.0",
                ]
            )
        }
    }

    @Test(arguments: [
        ("return {'w': model['w'] + 1}", 4, [:] as [String: Double]),
        ("return {'model': {'w': model['w'] + 1}, 'n': 7, 'acc': 0.5}", 7, ["acc": 0.5]),
        ("return {'w': model['w'] + 1}, 9, {'acc': np.array([0.5])}", 9, ["acc": 0.5]),
        ("model['w'] += 1; accuracy = 0.5; return accuracy", 4, ["accuracy": 0.5]),
        ("model['w'] += 1; a, b = 1, 2.5; return a, b", 4, ["a": 1, "b": 2.5]),
        ("model['w'] += 1; return [3.0, 2.0, 1.0]", 4, ["loss": 1]),
        ("model['w'] += 1; return None", 4, [:]),
    ])
    func whatTrainGivesBackIsTold(body: String, examples: Int, metrics: [String: Double]) async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data(): return {"X": np.zeros((4, 2)), "labels": "abc"}
                def model(): return {"w": np.zeros(2)}
                def train(model, X): \(body)
                def evaluate(model): return {}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            let outcome = try await project.round()
            #expect(outcome.examples == examples)
            #expect(outcome.metrics == metrics)
            #expect(try numbers(project.update, "w") == [1, 1])
        }
    }

    @Test func importsStartFromTheRuntimesPathAndLabelsAreNumbersWhereThoseAreMeant() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                from wards.names import SIZE
                def data(shard: int, part=0, name=None):
                    assert (shard, part, name) == (2, 1, "7"), (shard, part, name)
                    return {"X": np.zeros((SIZE, 2))}
                def model(): return {"w": np.zeros(2)}
                def train(model, X): model["w"] += 1
                def evaluate(model, X): return 1.0
                """
            let stages = """
                {"data": {"call": "wards.flow:data", "with": {"shard": "$labels.shard", "part": "$labels.part",
                          "name": "$labels.name"}},
                 "model": {"call": "wards.flow:model", "with": {}}, "train": {"call": "wards.flow:train", "with": {}},
                 "evaluate": {"call": "wards.flow:evaluate", "with": {}}}
                """
            let project = try Project(
                fixture,
                files: ["src/wards/__init__.py": "", "src/wards/flow.py": code, "src/wards/names.py": "SIZE = 5"],
                stages: stages,
                path: "src",
                python: try await PythonEnvironment.sklearn.python(),
                labels: ["shard": "2", "part": "1", "name": "7"]
            )
            try await project.start()
            #expect(try await project.round().examples == 5)
        }
    }

    @Test func bindingsReachIntoDataSettingsAndLabels() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                class Trainer:
                    def __init__(self, rate): self.rate, self.calls = rate, 0
                    def fit(self, weights, images, note, dollar):
                        self.calls += 1
                        weights[0] += self.rate * self.calls
                        assert (note, dollar) == ({"a": [1]}, "$x"), (note, dollar)
                    def check(self, weights, calls_so_far=None): return {"calls": self.calls, "examples": 2}
                def load(where, share): return (np.zeros((5, 1)), where), share
                def make(): return [np.zeros(1)]
                """
            let stages = """
                {"data": {"call": "sub.code:load", "with": {"where": "$labels.site", "share": "$settings.part.share"}},
                 "model": {"call": "sub.code:make", "with": {}},
                 "train": {"call": "sub.code:Trainer.fit", "with": {"weights": "$model", "images": "$data.0.0",
                           "note": {"a": [1]}, "dollar": "$$x"}, "examples": "$data.1"},
                 "evaluate": {"call": "sub.code:Trainer.check", "with": {"weights": "$model"}}}
                """
            let project = try Project(
                fixture,
                files: ["deep/sub/code.py": code, "deep/sub/__init__.py": ""],
                flowFolder: "deep",
                stages: stages,
                settings: #"{"part": {"share": 3}, "rate": 2}"#,
                python: try await PythonEnvironment.sklearn.python(),
                labels: ["site": "north"]
            )
            try await project.start()
            #expect(try await project.round(1).examples == 3)
            #expect(try numbers(project.update, "0") == [2])
            _ = try await project.round(2)
            #expect(try numbers(project.update, "0") == [4])
            let evaluation = try await project.worker.evaluate(model: project.base, project.context())
            #expect(evaluation.metrics == ["calls": 2])
            #expect(evaluation.examples == 2)
        }
    }

    @Test(arguments: [
        (
            "def train(modle, X): pass",
            ["flow:train (flow.py:4)", "parameter modle", "did you mean model?", "data, model, X", "epochs", "speed"]
        ),
        ("def train(model, *, sped): pass", ["parameter sped", "did you mean speed?"]),
        ("def fit(model): pass", ["flow:train: there is no train in flow"]),
        ("train = 5", ["flow:train: it is no function but 5"]),
    ])
    func whatCannotBeFilledInIsToldAtTheStart(train: String, parts: [String]) async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data(): return {"X": np.zeros(1)}
                def model(): return [np.zeros(1)]
                \(train)
                def evaluate(model): return {}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                settings: #"{"speed": 1}"#,
                python: try await PythonEnvironment.sklearn.python()
            )
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.start(timeout: .seconds(180))
            }
            #expect(failure.stage == "train")
            #expect(failure.kind == .invalid)
            for part in parts { #expect(failure.message.contains(part), "\(failure.message)") }
            #expect(project.worker.facts.state == "stopped")
        }
    }

    @Test func dataRunAtTheStartOnlyToLearnTheirNames() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data():
                    print("loaded")
                    found = {"X": np.zeros(2)}
                    return found
                def model(): return [np.zeros(1)]
                def train(model, Y): pass
                def evaluate(model): return {}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.sklearn.python()
            )
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.start(timeout: .seconds(180))
            }
            #expect(failure.message.contains("parameter Y"), "\(failure.message)")
            #expect(project.log.text("data") == ["loaded"])
        }
    }

    @Test func aMissingLabelIsAnErrorUnlessTheParameterHasADefault() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data(site): return np.zeros(2)
                def optional(site="all"): print(site); return np.zeros(2)
                def model(): return [np.zeros(1)]
                def train(model, data): pass
                def evaluate(model): return {}
                """
            let python = try await PythonEnvironment.sklearn.python()
            func project(_ function: String, _ role: NodeRole) throws -> Project {
                let stages = Project.functions.replacing(
                    #""flow:data", "with": {}"#,
                    with: #""flow:\#(function)", "with": {"site": "$labels.site"}"#
                )
                return try Project(
                    fixture,
                    files: ["flow.py": code],
                    stages: stages,
                    python: python,
                    node: "\(function)-\(role.rawValue)",
                    role: role,
                    labels: ["rack": "1"]
                )
            }
            let strict = try project("data", .client)
            let failure = try await strict.failure { () throws(StageFailure) in
                try await strict.worker.start(timeout: .seconds(180))
            }
            #expect(failure.message.contains("$labels.site: this node has no such label (it has rack)"))
            try await project("data", .server).start()
            let lenient = try project("optional", .client)
            try await lenient.start()
            #expect(try await lenient.round().examples == 2)
            #expect(lenient.log.text("data") == ["all"])
        }
    }
}
