import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

/// Every strategy that Flower has too, on the same updates in the same run.
@Suite(.serialized) struct FlowerTests {
    @Test("three rounds of every strategy that Flower has give Flower's models to 1e-6")
    func sameAsFlower() async throws {
        let python = try await PythonEnvironment(
            named: "flower",
            packages: ["flwr==1.41.0", "numpy==2.4.6", "safetensors==0.8.0"]
        )
        try await withFixture { fixture in
            try await python.run(Self.script, [fixture.folder.path], timeout: .seconds(300))
            let run = StrategyRun(fixture: fixture)
            // Flower weighs multi-Krum's chosen by examples: those of one number of examples are ours.
            let tests = StrategyCase.flowers + [StrategyCase("multikrum", .multikrum(malicious: 2, select: .count(5)))]
            for test in tests {
                for (round, model) in try run.models(test).enumerated() {
                    let wanted = try SafetensorsFile(mapping: fixture.url("want-\(test.name)-\(round).safetensors"))
                    try expectSame(model, wanted, tolerance: 1e-6, "\(test.name), round \(round)")
                }
            }
        }
    }

    /// Doubles, so that Flower's arithmetic, which is done in the arrays' own type, has no rounding to speak of.
    private static let script = """
        import os, sys, numpy as np
        os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
        from safetensors.numpy import save_file
        from flwr.common import Code, FitRes, Status, ndarrays_to_parameters, parameters_to_ndarrays
        from flwr.server.strategy import (Bulyan, FedAdagrad, FedAdam, FedAvg, FedAvgM, FedMedian, FedProx, FedTrimmedAvg,
                                          FedYogi, Krum)
        folder, rounds, clients = sys.argv[1], 3, 11
        rng = np.random.default_rng(8)
        def make(scale=1.0): return [rng.standard_normal((19, 13)) * scale, rng.standard_normal(7) * scale]
        def save(arrays, name, **meta): save_file(dict(zip("wb", arrays)), f"{folder}/{name}.safetensors", metadata=meta)
        base = make()
        save(base, "base")
        examples = [int(value) for value in rng.integers(1, 500, clients)]
        updates = [[make(40.0 if k in (3, 7) else 1.0) for k in range(clients)] for r in range(rounds)]
        for r in range(rounds):
            for k in range(clients):
                save(updates[r][k], f"{r}-{k}", examples=str(examples[k]), steps="1")
        first = {"initial_parameters": ndarrays_to_parameters(base)}
        strategies = {
            "fedavg": FedAvg(), "fedprox": FedProx(proximal_mu=0.1),
            "fedavgm": FedAvgM(server_learning_rate=0.7, server_momentum=0.9, **first),
            "fedadam": FedAdam(tau=1e-3, **first), "fedyogi": FedYogi(**first), "fedadagrad": FedAdagrad(tau=1e-3, **first),
            "median": FedMedian(), "trimmedmean": FedTrimmedAvg(beta=0.2), "krum": Krum(num_malicious_clients=2),
            "multikrum": Krum(num_malicious_clients=2, num_clients_to_keep=5), "bulyan": Bulyan(num_malicious_clients=2, to_keep=0),
        }
        for name, strategy in strategies.items():
            for r in range(rounds):
                results = [(None, FitRes(Status(Code.OK, ""), ndarrays_to_parameters(arrays),
                                         1 if name == "multikrum" else count, {}))
                           for arrays, count in zip(updates[r], examples)]
                parameters, _ = strategy.aggregate_fit(r + 1, results, [])
                save([np.ascontiguousarray(value) for value in parameters_to_ndarrays(parameters)], f"want-{name}-{r}")
        """
}
