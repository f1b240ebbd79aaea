import FlowRunner
import Foundation
import TestSupport
import Testing

/// Keras, under the backend JAX, and JAX with Flax.
@Suite(.serialized) struct ArrayFrameworkTests {
    private static let keras = """
        import os
        os.environ["KERAS_BACKEND"] = "jax"
        import keras
        import numpy as np
        from sklearn.datasets import load_digits

        ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        class Batches(keras.utils.PyDataset):
            def __init__(self, x, y):
                super().__init__()
                self.x, self.y = x, y
            def __len__(self): return -(-len(self.x) // 32)
            def __getitem__(self, index): return self.x[index * 32:(index + 1) * 32], self.y[index * 32:(index + 1) * 32]

        def arrays(site: int):
            keras.layers.Dense(1)  # so that the layers after it are counted from another number on each node
            for _ in range(site): keras.layers.Dense(1)
            keras.utils.set_random_seed(site)
            X, y = load_digits(return_X_y=True)
            X, y = (X[site::2] / 16).astype("float32"), y[site::2]
            return {"x_train": X[:700], "y_train": y[:700], "x_test": X[700:], "y_test": y[700:]}

        def batches(site: int):
            parts = arrays(site)
            return Batches(parts["x_train"], parts["y_train"]), Batches(parts["x_test"], parts["y_test"])

        def compiled(layers):
            model = keras.Sequential(layers)
            model.compile(optimizer=keras.optimizers.Adam(0.01), loss=ENTROPY, metrics=["accuracy"])
            return model

        def whole():
            layers = keras.layers
            return compiled([keras.Input((64,)), layers.Dense(32), layers.BatchNormalization(), layers.ReLU(),
                             layers.Dropout(0.1, seed=3), layers.Dense(10)])

        def lazy():
            return compiled([keras.layers.Dense(16, "relu", dtype="bfloat16"), keras.layers.Dense(10)])

        def uncompiled():
            return keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])

        def weights(model, data):
            model.fit(data["x_train"], data["y_train"], verbose=0)
            return model.get_weights(), len(data["y_train"]), {"kind": 1}
        """

    private static let jax = """
        import jax
        import jax.numpy as jnp
        import optax
        from flax import linen as nn, nnx
        from flax.core import freeze
        from flax.training.train_state import TrainState
        from sklearn.datasets import load_digits

        def data(site: int):
            X, y = load_digits(return_X_y=True)
            return {"X": jnp.asarray(X[site::2] / 16, jnp.float32), "y": jnp.asarray(y[site::2])}

        def entropy(logits, y):
            return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

        def right(logits, y):
            return (logits.argmax(1) == y).mean()

        # A pytree of one's own: frozen maps in a list, bfloat16, a counter, a key of random numbers, a function.
        def tree():
            return {"layers": [freeze({"w": jnp.zeros((64, 10), jnp.bfloat16), "b": jnp.zeros(10)})],
                    "step": jnp.array(0), "key": jax.random.key(1), "act": None}

        def forward(layers, X):
            return X @ layers[0]["w"].astype(jnp.float32) + layers[0]["b"]

        def tree_train(model, X, y, epochs):
            slope = jax.jit(jax.grad(lambda layers: entropy(forward(layers, X), y)))
            for _ in range(epochs * 20):
                model["layers"] = jax.tree.map(
                    lambda old, by: (old - 0.5 * by).astype(old.dtype), model["layers"], slope(model["layers"]))
            return {**model, "step": model["step"] + 1}

        def tree_score(model, X, y):
            return {"accuracy": right(forward(model["layers"], X), y), "step": model["step"],
                    "kept": model["layers"][0]["w"].dtype == jnp.bfloat16 and isinstance(model["step"], jax.Array)}

        class Net(nn.Module):
            @nn.compact
            def __call__(self, x, train=False):
                x = nn.BatchNorm(use_running_average=not train, momentum=0.9)(nn.Dense(32)(x))
                return nn.Dense(10)(nn.relu(x))

        class State(TrainState):
            batch_stats: dict

        def state():
            first = Net().init(jax.random.key(0), jnp.zeros((1, 64)))
            return State.create(apply_fn=Net().apply, tx=optax.adam(0.01), **first)

        def state_train(model, X, y, epochs):
            @jax.jit
            def step(model):
                def loss(params):
                    variables = {"params": params, "batch_stats": model.batch_stats}
                    logits, changed = model.apply_fn(variables, X, train=True, mutable=["batch_stats"])
                    return entropy(logits, y), changed
                grads, changed = jax.grad(loss, has_aux=True)(model.params)
                return model.apply_gradients(grads=grads).replace(batch_stats=changed["batch_stats"])
            for _ in range(epochs * 20): model = step(model)
            return model, {"step": model.step}

        def state_score(model, X, y):
            variables = {"params": model.params, "batch_stats": model.batch_stats}
            return {"accuracy": right(model.apply_fn(variables, X), y), "step": model.step}

        class Module(nnx.Module):
            def __init__(self, rngs):
                self.first, self.norm = nnx.Linear(64, 32, rngs=rngs), nnx.BatchNorm(32, momentum=0.9, rngs=rngs)
                self.drop, self.last = nnx.Dropout(0.1, rngs=rngs), nnx.Linear(32, 10, rngs=rngs)
            def __call__(self, x): return self.last(self.drop(nnx.relu(self.norm(self.first(x)))))

        optimizer = None

        def module():
            return Module(nnx.Rngs(0))

        def module_train(model, X, y, epochs):
            global optimizer
            optimizer = optimizer or nnx.Optimizer(model, optax.adam(0.01), wrt=nnx.Param)
            model.train()
            @nnx.jit
            def step(model, optimizer):
                loss, grads = nnx.value_and_grad(lambda model: entropy(model(X), y))(model)
                optimizer.update(model, grads)
                return loss
            for _ in range(epochs * 20): loss = step(model, optimizer)
            return loss

        def module_score(model, X, y):
            model.eval()
            accuracy = right(model(X), y)
            return accuracy
        """

    /// Two nodes of one project.
    private func nodes(_ fixture: Fixture, _ code: String, data: String, model: String, train: String, evaluate: String)
        async throws -> [Project]
    {
        var nodes: [Project] = []
        for site in 0..<2 {
            let node = try Project(
                fixture,
                files: ["flow.py": code],
                stages: """
                    {"data": {"call": "flow:\(data)", "with": {"site": \(site)}}, "model": {"call": "flow:\(model)", "with": {}},
                     "train": \(train), "evaluate": \(evaluate)}
                    """,
                python: try await PythonEnvironment.frameworks.python(),
                node: "node-\(site)",
                environment: ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]
            )
            try await node.start()
            nodes.append(node)
        }
        return nodes
    }

    @Test(arguments: [
        (
            "arrays", "whole", #"{"call": "fedops:keras.fit", "with": {}}"#,
            #"{"call": "fedops:keras.evaluate", "with": {}}"#, 0.9
        ),
        (
            "batches", "lazy", #"{"call": "fedops:keras.fit", "with": {"train_data": "$data.0"}}"#,
            #"{"call": "fedops:keras.evaluate", "with": {"test_data": "$data.1"}}"#, 0.4
        ),
        (
            "arrays", "whole", #"{"call": "flow:weights", "with": {}}"#,
            #"{"call": "fedops:keras.evaluate", "with": {}}"#, 0.8
        ),
    ])
    func aKerasModelLearnsOverTwoNodes(data: String, model: String, train: String, evaluate: String, least: Double)
        async throws
    {
        try await withFixture { fixture in
            let nodes = try await nodes(
                fixture,
                Self.keras,
                data: data,
                model: model,
                train: train,
                evaluate: evaluate
            )
            let federation = try await Federation(fixture, nodes.map(\.worker))
            let history = try await federation.run(rounds: 4, epochs: 5)
            #expect(try #require(history[3]["accuracy"]) > least, "\(history)")
            #expect(history[3]["loss"] != nil)
            let context = StageContext(round: 5, epochs: 1, timeout: .seconds(180))
            let update = fixture.url("update.safetensors")
            #expect(try await nodes[1].worker.train(base: federation.global, update: update, context).examples == 700)
            #expect(try await nodes[1].worker.evaluate(model: update, context).examples == 198)
        }
    }

    @Test func aKerasModelThatIsNotCompiledIsRefused() async throws {
        try await withFixture { fixture in
            let node = try await nodes(
                fixture,
                Self.keras,
                data: "arrays",
                model: "uncompiled",
                train: #"{"call": "fedops:keras.fit", "with": {}}"#,
                evaluate: #"{"call": "fedops:keras.evaluate", "with": {}}"#
            )[0]
            let failure = try await node.failure { () throws(StageFailure) in
                try await node.worker.makeModel(to: node.base, node.context())
                _ = try await node.worker.train(base: node.base, update: node.update, node.context())
            }
            #expect(failure.message.contains("call model.compile(optimizer=…, loss=…)"), "\(failure.message)")
        }
    }

    @Test(arguments: [
        ("tree", ["layers.0.b", "layers.0.w", "step"], ["step": 3.0, "kept": 1]),
        (
            "state", ["batch_stats.BatchNorm_0.mean", "batch_stats.BatchNorm_0.var", "params.Dense_0.kernel"],
            ["step": 120]
        ),
        ("module", ["first.kernel", "last.bias", "norm.mean", "norm.scale"], [:]),
    ])
    func jaxLearnsOverTwoNodes(model: String, names: [String], metrics: [String: Double]) async throws {
        try await withFixture { fixture in
            let nodes = try await nodes(
                fixture,
                Self.jax,
                data: "data",
                model: model,
                train: #"{"call": "flow:\#(model)_train", "with": {}}"#,
                evaluate: #"{"call": "flow:\#(model)_score", "with": {}, "examples": "$data.y"}"#
            )
            let federation = try await Federation(fixture, nodes.map(\.worker))
            let history = try await federation.run(rounds: 3, epochs: 2)
            #expect(try #require(history[2]["accuracy"]) > 0.85, "\(history)")
            for (name, value) in metrics { #expect(history[2][name] == value, "\(name)") }
            let found = try tensorNames(federation.global)
            #expect(found.isSuperset(of: names), "\(found)")
            // What makes random numbers, and an optimizer's state, stay with the node.
            #expect(
                !found.contains { $0.contains("key") || $0.contains("rng") || $0.contains("opt_state") },
                "\(found)"
            )
        }
    }
}
