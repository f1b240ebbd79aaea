package import Foundation

/// Synthetic(α, β) of Li et al., "Federated Optimization in Heterogeneous Networks", MLSys 2020, section 5.1 and appendix
/// C.1: thirty devices whose models differ by α and whose data differ by β, softmax regression, ten devices a round, of which
/// most are stragglers that make fewer than the twenty epochs.
///
/// Devices are drawn and trained in NumPy; the rounds' models are the caller's to make. Device sizes are cut at 2000, which
/// keeps a run short and changes nothing of what is compared.
package struct SyntheticFederation: Sendable {
    /// One curve: what clients minimise, and whether those who weren't done are left out, as FedAvg leaves them.
    package struct Variant: Sendable {
        package let name: String
        package let mu: Double
        package let dropsStragglers: Bool

        package init(_ name: String, mu: Double, dropsStragglers: Bool) {
            self.name = name
            self.mu = mu
            self.dropsStragglers = dropsStragglers
        }
    }

    /// One client's update of a round.
    package struct Update: Sendable, Decodable {
        package let file: String
        package let examples: Int
    }

    /// Training loss and accuracy over the data of all devices, after a round.
    package struct Figures: Sendable, Decodable {
        package let loss: Double
        package let accuracy: Double
    }

    private struct Made: Decodable {
        var updates: [String: [Update]]
        var figures: [String: Figures]
    }

    private let fixture: Fixture
    private let python: PythonEnvironment
    private let settings: String
    private let variants: [Variant]

    package init(
        _ fixture: Fixture,
        python: PythonEnvironment,
        alpha: Double = 1,
        beta: Double = 1,
        stragglers: Double = 0.9,
        seed: Int = 1,
        _ variants: [Variant]
    ) {
        self.fixture = fixture
        self.python = python
        self.variants = variants
        let texts = variants.map { #"{"name": "\#($0.name)", "mu": \#($0.mu), "drops": \#($0.dropsStragglers)}"# }
        settings = """
            {"alpha": \(alpha), "beta": \(beta), "stragglers": \(stragglers), "seed": \(seed),
             "variants": [\(texts.joined(separator: ","))]}
            """
    }

    /// Runs so many rounds; the figures of each variant, the first those of the model that all start from.
    ///
    /// - Parameter aggregate: Makes a variant's updates the new model, in place of the one in `model`.
    package func run(
        rounds: Int,
        aggregate: (Variant, _ model: URL, _ updates: [(file: URL, examples: Int)]) throws -> Void
    ) async throws -> [String: [Figures]] {
        var curves: [String: [Figures]] = [:]
        for round in 0...rounds {
            let printed = try await python.run(
                Self.script,
                [fixture.folder.path, settings, String(round)],
                timeout: .seconds(300)
            )
            let made = try JSONDecoder().decode(Made.self, from: Data(printed.utf8))
            for (name, figures) in made.figures { curves[name, default: []].append(figures) }
            guard round < rounds else { break }
            for variant in variants {
                let updates = made.updates[variant.name] ?? []
                try aggregate(
                    variant,
                    fixture.url("\(variant.name).safetensors"),
                    updates.map { (fixture.url($0.file), $0.examples) }
                )
            }
        }
        return curves
    }

    private static let script = """
        import json, os, sys, numpy as np
        from safetensors.numpy import load_file, save_file
        folder, settings, turn = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
        devices, chosen, epochs, rate, batch = 30, 10, 20, 0.01, 10
        rng = np.random.default_rng(settings["seed"])
        sizes = np.minimum(rng.lognormal(4, 2, devices).astype(int) + 50, 2000)
        B = rng.normal(0, np.sqrt(settings["beta"]), devices)
        u = rng.normal(0, np.sqrt(settings["alpha"]), devices)
        spread = np.arange(1, 61) ** -0.6
        data = []
        for k in range(devices):
            v, W, b = rng.normal(B[k], 1, 60), rng.normal(u[k], 1, (60, 10)), rng.normal(u[k], 1, 10)
            X = v + rng.standard_normal((sizes[k], 60)) * spread
            data.append((np.c_[X, np.ones(len(X))], (X @ W + b).argmax(axis=1)))
        def softmax(z):
            p = np.exp(z - z.max(axis=1, keepdims=True))
            return p / p.sum(axis=1, keepdims=True)
        def figures(w):
            loss = hits = count = 0
            for X, y in data:
                p = softmax(X @ w)
                loss -= np.log(np.maximum(p[np.arange(len(y)), y], 1e-300)).sum()
                hits += (p.argmax(axis=1) == y).sum()
                count += len(y)
            return {"loss": loss / count, "accuracy": hits / count}
        def train(start, k, passes, mu):
            X, y = data[k]
            order, w = np.random.default_rng((settings["seed"], turn, k)), start.copy()
            for _ in range(passes):
                indices = order.permutation(len(y))
                for begin in range(0, len(y), batch):
                    rows = indices[begin : begin + batch]
                    p = softmax(X[rows] @ w)
                    p[np.arange(len(rows)), y[rows]] -= 1
                    w -= rate * (X[rows].T @ p / len(rows) + mu * (w - start))
            return w
        draw = np.random.default_rng((settings["seed"], turn))
        selected = draw.choice(devices, chosen, replace=False)
        slow = draw.permutation(chosen)[: round(settings["stragglers"] * chosen)]
        passes = np.full(chosen, epochs)
        passes[slow] = draw.integers(1, epochs, len(slow))
        made = {"updates": {}, "figures": {}}
        for variant in settings["variants"]:
            name = variant["name"]
            place = f"{folder}/{name}.safetensors"
            if not os.path.exists(place):
                save_file({"w": np.zeros((61, 10))}, place)
            model = load_file(place)["w"]
            made["figures"][name] = figures(model)
            made["updates"][name] = []
            for index, k in enumerate(selected):
                if variant["drops"] and index in slow:
                    continue
                save_file({"w": train(model, k, passes[index], variant["mu"])}, f"{folder}/{name}-{index}.safetensors")
                made["updates"][name].append({"file": f"{name}-{index}.safetensors", "examples": int(sizes[k])})
        print(json.dumps(made))
        """
}
