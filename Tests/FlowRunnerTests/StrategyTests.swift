import Core
import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

/// What strategies do around a user's own training, with real PyTorch beside the same steps in NumPy.
@Suite(.serialized) struct StrategyTests {
    /// Least squares in doubles; the user's code knows nothing of strategies.
    private static func code(_ optimizer: String, step: String = "loss(); optimizer.step()") -> String {
        """
        import numpy as np, torch

        def data():
            rng = np.random.default_rng(1)
            X = rng.standard_normal((20, 3))
            return torch.tensor(X), torch.tensor(X @ np.array([1.0, 2.0, 3.0]) + 0.5)

        def model():
            net = torch.nn.Linear(3, 1).double()
            with torch.no_grad():
                net.weight[:] = torch.tensor([[0.3, -0.2, 0.1]], dtype=torch.float64)
                net.bias[:] = 0.05
            return net

        def train(model, data):
            X, y = data
            optimizer = \(optimizer)
            for k in range(5):
                def loss():
                    optimizer.zero_grad()
                    value = ((model(X[4 * k : 4 * k + 4]).squeeze(1) - y[4 * k : 4 * k + 4]) ** 2).mean()
                    value.backward()
                    return value
                \(step)
            return {"examples": 20}

        def evaluate(model, data):
            return {"examples": 20}
        """
    }

    private static let sgd = "torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)"

    /// The same steps in NumPy, with `mu` and a constant correction: prints the parameters, and the sum of the learning rates by
    /// which each gradient moved them.
    private static let reference = """
        import json, sys, numpy as np
        mu, momentum, nesterov, correction = json.loads(sys.argv[1])
        rng = np.random.default_rng(1)
        X = rng.standard_normal((20, 3))
        y = X @ np.array([1.0, 2.0, 3.0]) + 0.5
        X = np.c_[X, np.ones(20)]
        start = np.array([0.3, -0.2, 0.1, 0.05])
        w, velocity, mass, moved = start.copy(), 0 * start, 0.0, 0.0
        for k in range(5):
            A, b = X[4 * k : 4 * k + 4], y[4 * k : 4 * k + 4]
            g = 2 * A.T @ (A @ w - b) / 4 + mu * (w - start) + np.array(correction)
            velocity, mass = momentum * velocity + g, momentum * mass + 1
            w = w - 0.05 * (g + momentum * velocity if nesterov else velocity)
            moved += 0.05 * (1 + momentum * mass if nesterov else mass)
        print(json.dumps([*w, moved]))
        """

    private func reference(
        _ python: URL,
        mu: Double = 0,
        momentum: Double = 0.9,
        nesterov: Bool = false,
        correction: [Double] = [0, 0, 0, 0]
    ) async throws -> (parameters: [Double], moved: Double) {
        let arguments = "[\(mu), \(momentum), \(nesterov), \(correction)]"
        let printed = try await requireProcess(python.path, ["-c", Self.reference, arguments])
        let numbers = try JSONDecoder().decode([Double].self, from: Data(printed.utf8))
        return (Array(numbers.dropLast()), try #require(numbers.last))
    }

    private func project(
        _ fixture: Fixture,
        _ code: String,
        _ strategy: String,
        python: URL
    ) async throws -> Project {
        let project = try Project(
            fixture,
            files: ["flow.py": code],
            stages: Project.functions,
            strategy: strategy,
            python: python
        )
        try await project.start()
        return project
    }

    private func parameters(_ file: URL) throws -> [Double] { try numbers(file, "weight") + numbers(file, "bias") }

    private func expectNear(_ found: [Double], _ wanted: [Double], _ tolerance: Double = 1e-12, _ what: String = "") {
        #expect(found.count == wanted.count)
        #expect(zip(found, wanted).allSatisfy { abs($0 - $1) <= tolerance }, "\(what): \(found), not \(wanted)")
    }

    @Test(
        "FedProx's term is part of every step, be the step a call or a closure, and of none afterwards",
        arguments: ["loss(); optimizer.step()", "optimizer.step(loss)", "optimizer.step(closure=loss)"]
    )
    func proximal(step: String) async throws {
        let python = try await PythonEnvironment.torch.python()
        try await withFixture { fixture in
            let strategy = #"{"name": "fedprox", "mu": 0.3}"#
            let project = try await project(fixture, Self.code(Self.sgd, step: step), strategy, python: python)
            for round in 1...2 {
                #expect(try await project.round(round).examples == 20)
                // A hook that stayed would act twice in the second round.
                try await expectNear(parameters(project.update), reference(python, mu: 0.3).parameters)
            }
        }
    }

    @Test(
        "FedNova's steps are the gradients' weights in the update, momentum included",
        arguments: [("", 0.0, false), (", momentum=0.9", 0.9, false), (", momentum=0.9, nesterov=True", 0.9, true)]
    )
    func normalised(options: String, momentum: Double, nesterov: Bool) async throws {
        let python = try await PythonEnvironment.torch.python()
        try await withFixture { fixture in
            let code = Self.code("torch.optim.SGD(model.parameters(), lr=0.05\(options))")
            let project = try await project(fixture, code, #""fednova""#, python: python)
            let steps = try #require(try await project.round().steps)
            let wanted = try await reference(python, momentum: momentum, nesterov: nesterov)
            expectNear([steps], [wanted.moved / 0.05], 1e-9)
            try expectNear(parameters(project.update), wanted.parameters)
            if momentum == 0 { #expect(abs(steps - 5) < 1e-9) }
        }
    }

    /// A state of the server as the engine sends it.
    private func control(_ fixture: Fixture, _ values: [Double], ids: String) throws -> URL {
        let place = fixture.url("control.safetensors")
        let specs = [
            try TensorSpec(name: "fedops:control:weight", dtype: .f64, shape: [1, 3]),
            try TensorSpec(name: "fedops:control:bias", dtype: .f64, shape: [1]),
        ]
        var writer = try SafetensorsWriter(url: place, specs: specs, metadata: ["nodes": ids])
        try values.withUnsafeBytes { bytes throws in try writer.write(bytes) }
        try writer.finish()
        return place
    }

    private func changes(_ update: URL) throws -> [Double] {
        try numbers(update, "fedops:control:weight") + numbers(update, "fedops:control:bias")
    }

    private func train(_ project: Project, control: URL?) async throws -> String {
        _ = try await project.worker.train(
            base: project.base,
            update: project.update,
            control: control,
            project.context()
        )
        return try #require(try SafetensorsFile(mapping: project.update).metadata["fedops:control"])
    }

    @Test("SCAFFOLD goes on from the control variate that the server has of this node, and from no other")
    func controlled() async throws {
        let python = try await PythonEnvironment.torch.python()
        try await withFixture { fixture in
            let project = try await project(fixture, Self.code(Self.sgd), #""scaffold""#, python: python)
            try await project.worker.makeModel(to: project.base, project.context())
            let start = try parameters(project.base)
            // Of the first round nothing is corrected: c and c_i are zero.
            let first = try await train(project, control: nil)
            let plain = try await reference(python)
            try expectNear(parameters(project.update), plain.parameters)
            let own = zip(start, plain.parameters).map { ($0 - $1) / plain.moved }
            try expectNear(changes(project.update), own)

            // The first round was fenced off: the server has nothing of this node, and so its c_i is still zero.
            let c = [0.1, -0.2, 0.3, 0.4]
            let fenced = try await reference(python, correction: c)
            _ = try await train(project, control: control(fixture, c, ids: #"{"node-2": "x"}"#))
            try expectNear(parameters(project.update), fenced.parameters, 1e-12, "after a fenced round")

            // It counted after all; a restart of the worker makes no difference.
            try await project.start()
            let counted = try await reference(python, correction: zip(c, own).map { $0 - $1 })
            let server = try control(fixture, c, ids: #"{"node-1": "\#(first)"}"#)
            let second = try await train(project, control: server)
            #expect(second != first)
            try expectNear(parameters(project.update), counted.parameters, 1e-12, "after a round that counted")
            // c_i⁺ - c_i = (x - y) / (K eta) - c.
            let moved = zip(start, counted.parameters).map { ($0 - $1) / counted.moved }
            try expectNear(changes(project.update), zip(moved, c).map { $0 - $1 })

            // What the server counts on may be gone, with the node's disk: from zeros, and not in silence.
            let lost = try control(fixture, c, ids: #"{"node-1": "0123"}"#)
            _ = try await train(project, control: lost)
            try expectNear(parameters(project.update), fenced.parameters, 1e-12, "after a loss")
            #expect(
                project.log.text("train", .stderr).contains { $0.contains("0123") && $0.contains("starts from zeros") }
            )
        }
    }

    @Test("a train function that takes mu by name does FedProx itself, and is left alone")
    func byName() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data(): return [1, 2, 3]
                def model(): return {"w": np.ones(2)}
                def train(model, global_model, mu, data):
                    for _ in range(3): model["w"] -= 0.1 * (model["w"] - 3 + mu * (model["w"] - global_model["w"]))
                def evaluate(model): return {"examples": 1}
                """
            let python = try await PythonEnvironment.sklearn.python()
            let project = try await project(fixture, code, #"{"name": "fedprox", "mu": 2}"#, python: python)
            #expect(try await project.round().examples == 3)
            var w = 1.0
            for _ in 0..<3 { w -= 0.1 * (w - 3 + 2 * (w - 1)) }
            try expectNear(numbers(project.update, "w"), [w, w])
        }
    }

    @Test(
        "where a strategy can't act the stage fails with what to do, and nothing is averaged as if it had",
        arguments: [
            (#"{"name": "fedprox", "mu": 2}"#, "pass", "Let train take mu (and global_model) by name"),
            (#""scaffold""#, "pass", "it corrects each step of an optimiser of PyTorch, and the model is arrays"),
            (#""fednova""#, "pass", #"give the number back as "steps" in a dictionary"#),
            (#""fednova""#, "return {'steps': 0}", "steps is 0.0: it has to be 1 or more"),
        ]
    )
    func cannotAct(strategy: String, train: String, message: String) async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data(): return [1, 2, 3]
                def model(): return {"w": np.ones(2)}
                def train(model, data): \(train)
                def evaluate(model): return {"examples": 1}
                """
            let python = try await PythonEnvironment.sklearn.python()
            let project = try await project(fixture, code, strategy, python: python)
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
                _ = try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            #expect(failure.kind == .invalid && failure.message.contains(message), "\(failure.message)")
        }
    }

    @Test("estimators are trained within partial_fit, where no term can be added: FedProx is refused")
    func estimator() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                from sklearn.linear_model import SGDClassifier
                def data(): return np.eye(4), np.array([0, 1, 0, 1])
                def model(): return SGDClassifier()
                def train(model, data): model.partial_fit(*data, classes=[0, 1])
                def evaluate(model): return {"examples": 1}
                """
            let python = try await PythonEnvironment.sklearn.python()
            let project = try await project(fixture, code, #"{"name": "fedprox", "mu": 2}"#, python: python)
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
                _ = try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            #expect(failure.message.contains("a scikit-learn estimator is not trained by an optimiser of PyTorch"))
        }
    }

    @Test(
        "optimisers that a strategy can't correct, or that step another model, fail the stage",
        arguments: [
            ("torch.optim.Adam(model.parameters())", #""scaffold""#, "takes the step's size from torch.optim.SGD"),
            (
                "torch.optim.SGD(__import__('copy').deepcopy(model).parameters(), lr=0.1)",
                #"{"name": "fedprox", "mu": 2}"#, "none stepped a parameter of the model"
            ),
        ]
    )
    func optimisers(optimizer: String, strategy: String, message: String) async throws {
        let python = try await PythonEnvironment.torch.python()
        try await withFixture { fixture in
            let project = try await project(fixture, Self.code(optimizer), strategy, python: python)
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
                _ = try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }

    @Test(
        "a command is told of the strategy, and has to say that it did its part",
        arguments: [
            (#"{"name": "fedprox", "mu": 0.25}"#, #"{"examples": 3, "mu": %s}"#, nil, nil),
            (#"{"name": "fedprox", "mu": 0.25}"#, #"{"examples": 3}"#, nil, "add mu · (w - w_global)"),
            (#"{"name": "fedprox", "mu": 0.25}"#, #"{"examples": 3, "mu": 1}"#, nil, "did not say that it added"),
            (#""fednova""#, #"{"examples": 3, "steps": 7}"#, 7, nil),
            (#""fednova""#, #"{"examples": 3}"#, nil, "did not tell its number of local steps"),
            (#""scaffold""#, #"{"examples": 3}"#, nil, "train is a command"),
        ] as [(String, String, Double?, String?)]
    )
    func commands(strategy: String, metrics: String, steps: Double?, message: String?) async throws {
        try await withFixture { fixture in
            let train = """
                #!/bin/sh
                cp "$FEDOPS_MODEL" "$FEDOPS_OUTPUT"
                printf '\(metrics)' $FEDOPS_MU > "$FEDOPS_METRICS"
                """
            let project = try Project(
                fixture,
                files: ["train": train],
                stages: """
                    {"data": {"command": ["true"], "with": {}}, "model": {"command": ["true"], "with": {}},
                     "train": {"command": ["./train"], "with": {}}, "evaluate": {"command": ["true"], "with": {}}}
                    """,
                strategy: strategy,
                python: nil
            )
            try await project.start()
            var writer = try SafetensorsWriter(
                url: project.base,
                specs: [TensorSpec(name: "w", dtype: .u8, shape: [1])]
            )
            try [UInt8(1)].withUnsafeBytes { bytes throws in try writer.write(bytes) }
            try writer.finish()
            guard let message else {
                let outcome = try await project.round()
                #expect(outcome.examples == 3 && outcome.steps == steps && outcome.metrics.isEmpty)
                return
            }
            let failure = try await project.failure { () throws(StageFailure) in
                _ = try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            #expect(failure.kind == .invalid && failure.message.contains(message), "\(failure.message)")
        }
    }
}
