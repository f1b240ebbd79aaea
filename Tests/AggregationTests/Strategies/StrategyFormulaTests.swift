import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

/// Every strategy beside its formula in NumPy, over rounds that build on one another.
@Suite(.serialized) struct StrategyFormulaTests {
    @Test("three rounds of every strategy give NumPy's models to 1e-6, whatever the order of arrival")
    func formulas() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            try await python.run(Self.script, [fixture.folder.path])
            let run = StrategyRun(fixture: fixture)
            for test in StrategyCase.all {
                for reversed in [false, true] {
                    for (round, model) in try run.models(test, reversed: reversed).enumerated() {
                        let wanted = try SafetensorsFile(mapping: fixture.url("want-\(test.name)-\(round).safetensors"))
                        try expectSame(model, wanted, tolerance: 1e-6, "\(test.name), round \(round)")
                    }
                }
            }
        }
    }

    /// Clients 3 and 7 send values that are far off. Tensors are large enough for more than one piece.
    private static let script = """
        import sys, json, numpy as np
        from safetensors.numpy import save_file
        folder, rounds, clients = sys.argv[1], 3, 11
        rng = np.random.default_rng(3)
        def make(scale=1.0):
            return {"w": (rng.standard_normal((23, 211)) * scale).astype(np.float32),
                    "d": rng.standard_normal(17) * scale,
                    "n": rng.integers(-9, 9, 5).astype(np.int64), "m": rng.integers(0, 2, 9).astype(bool)}
        base = make()
        save_file(base, folder + "/base.safetensors")
        examples = [int(value) for value in rng.integers(1, 500, clients)]
        updates, controls, steps = [], [], []
        for r in range(rounds):
            updates.append([make(40.0 if k in (3, 7) else 1.0) for k in range(clients)])
            steps.append([float(value) for value in rng.uniform(1, 60, clients)])
            # The last client has no control variate for d, as for a frozen parameter.
            controls.append([{"w": rng.standard_normal((23, 211)).astype(np.float32),
                              **({} if k == clients - 1 else {"d": rng.standard_normal(17)})} for k in range(clients)])
            for k in range(clients):
                meta = {"examples": str(examples[k]), "steps": repr(steps[r][k]), "fedops:control": f"id-{r}-{k}"}
                save_file(updates[r][k], f"{folder}/{r}-{k}.safetensors", metadata=meta)
                extra = {"fedops:control:" + name: value for name, value in controls[r][k].items()}
                save_file({**updates[r][k], **extra}, f"{folder}/control-{r}-{k}.safetensors", metadata=meta)

        def whole(values, dtype): return np.round(np.asarray(values, np.float64)).astype(dtype)
        def weighted(us, weights):
            out = {}
            for name, first in us[0].items():
                mean = np.average(np.array([u[name] for u in us], np.float64), axis=0, weights=weights)
                out[name] = mean if first.dtype.kind == "f" else mean > 0.5 if first.dtype == bool else whole(mean, first.dtype)
            return out
        def majority(us, base):
            votes = 2 * np.sum([u["m"] for u in us], axis=0)
            return np.where(votes == len(us), base["m"], votes > len(us))
        def columns(us, base, reduce):
            out = {"m": majority(us, base)}
            for name in ("w", "d", "n"):
                values = reduce(np.sort(np.array([u[name] for u in us], np.float64), axis=0))
                out[name] = values if name != "n" else whole(values, np.int64)
            return out
        def nearest(beta):
            def reduce(sorted_):
                middle = np.median(sorted_, axis=0)
                order = np.argsort(np.abs(sorted_ - middle), axis=0, kind="stable")[:beta]
                return np.take_along_axis(sorted_, order, axis=0).mean(axis=0)
            return reduce
        def scores(us, f):
            flat = [np.concatenate([u["w"].ravel().astype(np.float64), u["d"]]) for u in us]
            n = len(us)
            squares = np.array([[np.sum((a - b) ** 2) for b in flat] for a in flat])
            return [np.sort(np.delete(squares[i], i))[: max(1, n - f - 2)].sum() for i in range(n)]
        def chosen(us, f, m): return [us[i] for i in sorted(np.argsort(scores(us, f), kind="stable")[:m])]
        def bulyan(us, base, f):
            rest, picked, theta = list(us), [], len(us) - 2 * f
            while len(picked) < theta:
                picked.append(rest.pop(int(np.argmin(scores(rest, f)))))
            return columns(picked, base, nearest(theta - 2 * f))
        FLOATS = ("w", "d")
        def optimised(step):
            def aggregate(us, base, state, r):
                mean = weighted(us, examples)
                for name in FLOATS:
                    x = base[name].astype(np.float64)
                    slots = state.setdefault(name, {})
                    mean[name] = step(x, mean[name] - x, slots, r + 1)
                    for key in slots: slots[key] = slots[key].astype(base[name].dtype).astype(np.float64)
                return mean
            return aggregate
        def momentum(x, delta, s, t):
            s["v"] = 0.9 * s.get("v", 0 * x) - delta
            return x - 0.7 * s["v"]
        def adaptive(eta, b1, tau, second, correct=False):
            def step(x, delta, s, t):
                s["m"] = b1 * s.get("m", 0 * x) + (1 - b1) * delta
                s["v"] = second(s.get("v", 0 * x), delta ** 2)
                rate = eta * np.sqrt(1 - 0.99 ** (t + 1)) / (1 - 0.9 ** (t + 1)) if correct else eta
                return x + rate * s["m"] / (np.sqrt(s["v"]) + tau)
            return optimised(step)
        adam = lambda v, q: 0.99 * v + 0.01 * q
        def nova(us, base, state, r):
            out, p, a = weighted(us, examples), np.array(examples) / sum(examples), steps[r]
            for name in FLOATS:
                x = base[name].astype(np.float64)
                move = sum(p[k] * (us[k][name].astype(np.float64) - x) / a[k] for k in range(clients))
                out[name] = x + np.sum(p * a) * move
            return out
        def scaffold(us, base, state, r):
            out = {"m": majority(us, base), "n": whole(np.mean([u["n"] for u in us], axis=0), np.int64)}
            for name in FLOATS:
                x = base[name].astype(np.float64)
                out[name] = x + 0.5 * (np.mean([u[name].astype(np.float64) for u in us], axis=0) - x)
            return out
        strategies = {
            "fedavg": lambda us, b, s, r: weighted(us, examples), "fedprox": lambda us, b, s, r: weighted(us, examples),
            "fedavgm": optimised(momentum),
            "fedadam": adaptive(0.1, 0.9, 1e-3, adam, True), "fedadam-paper": adaptive(0.1, 0.9, 1e-3, adam),
            "fedyogi": adaptive(0.01, 0.9, 1e-3, lambda v, q: v - 0.01 * q * np.sign(v - q)),
            "fedadagrad": adaptive(0.1, 0.0, 1e-3, lambda v, q: v + q),
            "scaffold": scaffold, "fednova": nova,
            "median": lambda us, b, s, r: columns(us, b, lambda c: np.median(c, axis=0)),
            "trimmedmean": lambda us, b, s, r: columns(us, b, lambda c: c[2:-2].mean(axis=0)),
            "krum": lambda us, b, s, r: chosen(us, 2, 1)[0],
            "multikrum": lambda us, b, s, r: columns(chosen(us, 2, 9), b, lambda c: c.mean(axis=0)),
            "multikrum-3": lambda us, b, s, r: columns(chosen(us, 2, 3), b, lambda c: c.mean(axis=0)),
            "bulyan": lambda us, b, s, r: bulyan(us, b, 2),
        }
        for name, aggregate in strategies.items():
            current, state = base, {}
            for r in range(rounds):
                made = aggregate(updates[r], current, state, r)
                current = {key: np.asarray(made[key]).astype(base[key].dtype) for key in base}
                save_file(current, f"{folder}/want-{name}-{r}.safetensors")
        """

    @Test("scaffold's state is the mean of the control variates, names whose they are, and grows with the nodes")
    func control() async throws {
        try await withFixture { fixture in
            func update(_ value: Float, _ change: Float, id: String?) throws -> SafetensorsFile {
                let place = fixture.url("\(UUID().uuidString).safetensors")
                let tensors = try [
                    NamedTensor("w", .f16, [UInt16(0)]), NamedTensor("fedops:control:w", .f32, [change]),
                ]
                var writer = try SafetensorsWriter(
                    url: place,
                    specs: tensors.map(\.spec),
                    metadata: id.map { [Scaffold.idKey: $0] } ?? [:]
                )
                for tensor in tensors { try tensor.bytes.withUnsafeBytes { try writer.write($0) } }
                try writer.finish()
                return try SafetensorsFile(mapping: place)
            }
            let base = try fixture.model(NamedTensor("w", .f16, [UInt16(0)]))
            let strategy = Strategy.scaffold(eta: 1, clients: nil)
            func round(_ state: SafetensorsFile?, _ parts: [(node: String, change: Float, id: String)]) throws
                -> SafetensorsFile
            {
                var aggregator = try strategy.aggregator(reference: base, state: state)
                for part in parts {
                    try aggregator.add(
                        update(0, part.change, id: part.id),
                        UpdateNumbers(node: part.node, examples: 5)
                    )
                }
                let place = fixture.url("\(UUID().uuidString).safetensors")
                #expect(try aggregator.writeState(to: place, metadata: [:]))
                return try SafetensorsFile(mapping: place)
            }
            let first = try round(nil, [("a", 2, "a1"), ("b", 4, "b1")])
            #expect(try first.elements(of: "fedops:control:w", as: Float.self) == [3])
            #expect(Scaffold.nodes(of: first) == ["a": "a1", "b": "b1"])
            // c_a is 2 + 1, c_b is 4, c_c is 2: their mean is 3, though only two took part now.
            let second = try round(first, [("a", 1, "a2"), ("c", 2, "c1")])
            #expect(try second.elements(of: "fedops:control:w", as: Float.self) == [3])
            #expect(Scaffold.nodes(of: second) == ["a": "a2", "b": "b1", "c": "c1"])

            var aggregator = try strategy.aggregator(reference: base)
            let refusal = #expect(throws: UpdateRefusal.self) {
                try aggregator.add(update(0, 1, id: nil), UpdateNumbers(node: "a", examples: 1))
            }
            #expect(refusal?.description.contains("no control variates") == true)
        }
    }
}
