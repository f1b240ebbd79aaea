import Core
import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

/// The strategy of a Flower app's own ServerApp, in a worker of the server node, beside Flower's own objects.
@Suite(.serialized) struct AppStrategyTests {
    private static let stages = """
        {"data": {"call": "fedops:flower.data", "with": {}}, "model": {"call": "fedops:flower.model", "with": {}},
         "train": {"call": "fedops:flower.train", "with": {}},
         "evaluate": {"call": "fedops:flower.evaluate", "with": {}}}
        """

    private static let pyproject = """
        [project]
        name = "app"
        version = "1"
        [tool.flwr.app]
        publisher = "someone"
        [tool.flwr.app.components]
        serverapp = "app:server"
        clientapp = "app:client"
        """

    /// An app of messages whose strategy has momenta, in a subclass of the author's.
    private static let messages = """
        import numpy as np
        from flwr.app import Array, ArrayRecord
        from flwr.clientapp import ClientApp
        from flwr.serverapp import ServerApp
        from flwr.serverapp.strategy import FedAdam

        class Mine(FedAdam):
            rounds = 0
            def aggregate_train(self, server_round, replies):
                self.rounds += 1
                return super().aggregate_train(server_round, replies)

        client = ClientApp()
        server = ServerApp()

        def strategy():
            return Mine(eta=0.3, tau=0.01, evaluate_metrics_aggr_fn=lambda records, key: None)

        @server.main()
        def main(grid, context):
            first = ArrayRecord({"w": Array(np.zeros(3)), "n": Array(np.zeros(2, np.float32))})
            strategy().start(grid=grid, initial_arrays=first, num_rounds=3)
        """

    /// The same rounds by Flower's objects alone; prints the arrays of each.
    private static let plain = """
        import json, sys, types
        import numpy as np
        sys.path.insert(0, sys.argv[1])
        import app
        from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
        try:
            from flwr.supercore.task_identity import TaskIdentity
            TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, 1, 1
        except ImportError:
            pass
        strategy = app.strategy()
        arrays = ArrayRecord({"w": Array(np.zeros(3)), "n": Array(np.zeros(2, np.float32))})
        grid = types.SimpleNamespace(get_node_ids=lambda: [1, 2])
        for number, round in enumerate(json.loads(sys.argv[2]), 1):
            sent = list(strategy.configure_train(number, arrays, ConfigRecord(), grid))[0]
            replies = [
                Message(
                    RecordDict({
                        "arrays": ArrayRecord({"w": Array(np.array(w)), "n": Array(np.array(w[:2], np.float32))}),
                        "metrics": MetricRecord({"num-examples": examples, "loss": 0.5}),
                    }),
                    reply_to=sent,
                )
                for w, examples in round
            ]
            arrays = strategy.aggregate_train(number, replies)[0]
            print(json.dumps({name: array.numpy().astype(float).tolist() for name, array in arrays.items()}))
        """

    private static let older = """
        import numpy as np
        from flwr.client import ClientApp
        from flwr.common import ndarrays_to_parameters
        from flwr.server import ServerApp, ServerAppComponents, ServerConfig
        from flwr.server.strategy import FedAvgM

        client = ClientApp(client_fn=lambda context: None)

        def server_fn(context):
            first = ndarrays_to_parameters([np.zeros(3), np.zeros(2, np.float32)])
            strategy = FedAvgM(initial_parameters=first, server_learning_rate=0.5, server_momentum=0.9)
            return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=3))

        server = ServerApp(server_fn=server_fn)
        """

    private static let plainOlder = """
        import json, sys
        import numpy as np
        sys.path.insert(0, sys.argv[1])
        import app
        from flwr.common import Code, FitRes, Status, ndarrays_to_parameters, parameters_to_ndarrays
        strategy = app.server_fn(None).strategy
        strategy.initialize_parameters(None)
        for number, round in enumerate(json.loads(sys.argv[2]), 1):
            results = [
                (None, FitRes(Status(Code.OK, ""), ndarrays_to_parameters([np.array(w), np.array(w[:2], np.float32)]), n, {}))
                for w, n in round
            ]
            w, n = parameters_to_ndarrays(strategy.aggregate_fit(number, results, [])[0])
            print(json.dumps({"0": w.tolist(), "1": n.astype(float).tolist()}))
        """

    /// Of each round the updates' values and examples.
    private static let rounds: [[([Double], Int)]] = [
        [([1, 2, 3], 10), ([3, -2, 1], 30)], [([0.5, 0, 4], 20), ([1, 1, 1], 20)],
        [([2, 1, 0], 5), ([0, 0.25, 2], 15)],
    ]

    @Test(
        "the models are those of Flower's own objects, though every round has another worker and lost rounds come between",
        arguments: [(messages, plain, ["w", "n"]), (older, plainOlder, ["0", "1"])]
    )
    func reference(app: String, plain: String, names: [String]) async throws {
        try await withFixture { fixture in
            let python = try await PythonEnvironment.frameworks.python()
            try fixture.write(app, to: "revision/app.py")
            try fixture.write(Self.pyproject, to: "revision/pyproject.toml")
            let rounds = Self.rounds.map { round in round.map { "[\($0.0), \($0.1)]" } }
            let json = "[\(rounds.map { "[\($0.joined(separator: ","))]" }.joined(separator: ","))]"
            let printed = try await requireProcess(python.path, ["-c", plain, fixture.url("revision").path, json])
            let lines = printed.split(separator: "\n").filter { $0.hasPrefix("{") }
            let wanted = try lines.map {
                try JSONDecoder().decode([String: [Double]].self, from: Data($0.utf8))
            }
            #expect(wanted.count == 3)

            var base = fixture.url("model-0.safetensors")
            try write([0, 0, 0], names, to: base)
            var state: URL?
            for (place, round) in Self.rounds.enumerated() {
                let project = try Project(
                    fixture,
                    stages: Self.stages,
                    strategy: #""serverapp""#,
                    python: python,
                    node: "server-\(place)",
                    role: .server
                )
                try await project.start()
                // A round that is thrown away, whose momenta must not be seen again.
                _ = try await make(
                    fixture,
                    project,
                    [([9, 9, 9], 1)],
                    names,
                    round: place + 1,
                    base,
                    state,
                    to: "lost"
                )
                let made = try await make(
                    fixture,
                    project,
                    round,
                    names,
                    round: place + 1,
                    base,
                    state,
                    to: "kept-\(place)"
                )
                await project.worker.stop()
                for name in names {
                    let (found, reference) = (try numbers(made.model, name), try #require(wanted[place][name]))
                    #expect(found.count == reference.count)
                    #expect(
                        zip(found, reference).allSatisfy { abs($0 - $1) < 1e-6 },
                        "\(place): \(found), \(reference)"
                    )
                }
                (base, state) = (made.model, made.state)
            }
        }
    }

    private func write(_ values: [Double], _ names: [String], to url: URL) throws {
        var file = try SafetensorsWriter(
            url: url,
            specs: [
                try TensorSpec(name: names[0], dtype: .f64, shape: [3]),
                try TensorSpec(name: names[1], dtype: .f32, shape: [2]),
            ]
        )
        try values.withUnsafeBytes { try file.write($0) }
        try values.prefix(2).map { Float($0) }.withUnsafeBytes { try file.write($0) }
        try file.finish()
    }

    private func make(
        _ fixture: Fixture,
        _ project: Project,
        _ updates: [([Double], Int)],
        _ names: [String],
        round: Int,
        _ base: URL,
        _ state: URL?,
        to name: String
    ) async throws -> (model: URL, state: URL) {
        let given = try updates.enumerated().map { place, update in
            let file = fixture.url("update-\(place).safetensors")
            try write(update.0, names, to: file)
            return AggregationInput.Update(
                node: "site-\(place)",
                file: file,
                examples: update.1,
                metrics: ["loss": 0.5]
            )
        }
        let (model, bytes) = (fixture.url("\(name).safetensors"), fixture.url("\(name).bytes"))
        let context = StageContext(round: round, epochs: 1, timeout: .seconds(180))
        let input = AggregationInput(base: base, state: state, updates: given, output: model, kept: bytes)
        try await project.worker.aggregate(input, context)
        // As the engine keeps it.
        let content = try Data(contentsOf: bytes)
        let url = fixture.url("\(name).state.safetensors")
        let spec = try TensorSpec(name: "fedops:serverapp:strategy", dtype: .u8, shape: [content.count])
        var file = try SafetensorsWriter(url: url, specs: [spec])
        try content.withUnsafeBytes { try file.write($0) }
        try file.finish()
        return (model, url)
    }
}
