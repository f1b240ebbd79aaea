import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

/// Ten clients learn to tell ten classes apart, of which two send poison.
@Suite struct PoisonTests {
    private static let rounds = 8

    @Test("with 2 of 10 clients poisoned, robust strategies stay within 2 points of clean accuracy, and FedAvg falls")
    func poison() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            let cases: [(name: String, strategy: Strategy)] = [
                ("clean", .fedavg), ("fedavg", .fedavg), ("median", .median), ("trimmedmean", .trimmedmean(beta: 0.2)),
                ("krum", .krum(malicious: 2)), ("multikrum", .multikrum(malicious: 2, select: .honest)),
            ]
            try await python.run(Self.script, [fixture.folder.path, "start"] + cases.map(\.name))
            for _ in 0..<Self.rounds {
                try await python.run(Self.script, [fixture.folder.path, "train"] + cases.map(\.name))
                for (name, strategy) in cases {
                    let model = fixture.url("\(name).safetensors")
                    var aggregator = try strategy.aggregator(reference: SafetensorsFile(mapping: model))
                    for client in 0..<10 {
                        let update = try SafetensorsFile(mapping: fixture.url("\(name)-\(client).safetensors"))
                        let examples = try #require(update.metadata["examples"].flatMap { Int($0) })
                        try aggregator.add(update, UpdateNumbers(node: "\(client)", examples: examples))
                    }
                    try aggregator.write(to: model, metadata: [:])
                }
            }
            let printed = try await python.run(Self.script, [fixture.folder.path, "test"] + cases.map(\.name))
            let accuracies = printed.split(separator: "\n").compactMap { Double($0) }
            try #require(accuracies.count == cases.count)
            let clean = accuracies[0]
            #expect(clean > 0.85)
            #expect(accuracies[1] < clean - 0.2, "FedAvg: \(accuracies[1]), clean \(clean)")
            for (test, accuracy) in zip(cases, accuracies).dropFirst(2) {
                #expect(accuracy >= clean - 0.02, "\(test.name): \(accuracy), clean \(clean)")
            }
        }
    }

    /// Softmax regression by NumPy on ten overlapping clouds; clients 2 and 5 send the reverse of what they learned, far
    /// enough to matter.
    private static let script = """
        import sys, numpy as np
        from safetensors.numpy import load_file, save_file
        folder, what, names = sys.argv[1], sys.argv[2], sys.argv[3:]
        rng = np.random.default_rng(21)
        centres = rng.standard_normal((10, 30)) * 0.75
        def draw(count):
            y = rng.integers(0, 10, count)
            return (centres[y] + rng.standard_normal((count, 30))).astype(np.float64), y
        shards, test = [draw(600) for _ in range(10)], draw(4000)
        def train(model, X, y):
            w, b = model["w"].astype(np.float64), model["b"].astype(np.float64)
            for _ in range(5):
                for start in range(0, len(X), 50):
                    A, labels = X[start:start + 50], y[start:start + 50]
                    z = A @ w + b
                    p = np.exp(z - z.max(axis=1, keepdims=True))
                    p /= p.sum(axis=1, keepdims=True)
                    p[np.arange(len(A)), labels] -= 1
                    w -= 0.05 * A.T @ p / len(A)
                    b -= 0.05 * p.mean(axis=0)
            return {"w": w, "b": b}
        for name in names:
            place = f"{folder}/{name}.safetensors"
            if what == "start":
                save_file({"w": np.zeros((30, 10), np.float32), "b": np.zeros(10, np.float32)}, place)
                continue
            model = load_file(place)
            if what == "test":
                X, y = test
                print(np.mean((X @ model["w"] + model["b"]).argmax(axis=1) == y))
                continue
            for k, (X, y) in enumerate(shards):
                made = train(model, X, y)
                if name != "clean" and k in (2, 5):
                    made = {key: model[key] - 10 * (value - model[key]) for key, value in made.items()}
                save_file({key: value.astype(np.float32) for key, value in made.items()},
                          f"{folder}/{name}-{k}.safetensors", metadata={"examples": str(len(X))})
        """
}
