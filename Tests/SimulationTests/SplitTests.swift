import Foundation
import Simulation
import TestSupport
import Testing

@Suite struct SplitTests {
    /// Adapter files as they are in the package, in front of a script's path.
    private static let adapter = PythonEnvironment.package.appending(path: "Sources/FlowRunner/Python").path

    private func run(_ script: String, _ python: URL) async throws -> String {
        let prelude = "import sys; sys.path.insert(0, sys.argv[1])\n"
        return try await requireProcess(
            python.path,
            ["-c", prelude + script, Self.adapter],
            timeout: .seconds(300)
        )
    }

    /// Whatever form the digits have: every example at one client, none without one, X with its y, and the same again.
    @Test func everyExampleGoesToOneClient() async throws {
        let output = try await run(
            """
            import dataclasses
            import numpy as np, torch
            from sklearn.datasets import load_digits
            from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset
            from fedops_split import Partition

            X, y = load_digits(return_X_y=True)
            tagged = np.column_stack([np.arange(len(y)), X])

            @dataclasses.dataclass(frozen=True)
            class Parts:
                pixels: object
                label: object
                names: list

            class Own(Dataset):
                def __len__(self): return len(y)
                def __getitem__(self, row): return tagged[row], int(y[row])

            names = {"X_train": (0,), "y_train": (1,), "X_test": (2,), "y_test": (3,)}
            whole = TensorDataset(torch.tensor(tagged), torch.tensor(y))
            forms = {
                "arrays": ((tagged[:1347], y[:1347], tagged[1347:], y[1347:]), names,
                           lambda p: [(p[0], p[1]), (p[2], p[3])]),
                "pairs": ({"train": (tagged[:900], y[:900]), "test": [tagged[900:], y[900:]]}, None,
                          lambda p: [p["train"], p["test"]]),
                "lists": (Parts(tagged.tolist(), y.tolist(), [str(n) for n in range(10)]), None,
                          lambda p: [(p.pixels, p.label)] if len(p.names) == 10 else 1 / 0),
                "data sets": ((Subset(whole, range(1347)), Subset(whole, range(1347, 1797))), None,
                              lambda p: [([a for a, _ in part], [b for _, b in part]) for part in p]),
                "loaders": ({"train": DataLoader(whole, 32, shuffle=True), "own": DataLoader(Own(), 50)}, None,
                            lambda p: [tuple(map(torch.cat, zip(*loader))) for loader in p.values()]),
            }
            kinds = ["iid", "quantity", "dirichlet", "by-label"]
            random = np.random.default_rng(0)
            for form, (data, told, read) in forms.items():
                for kind in kinds:
                    for count in (1, 3, 40):
                        split = dict(kind=kind, alpha=0.3, shards=2, seed=int(random.integers(1000)), count=count)
                        one, other = (Partition(data, told, split) for _ in range(2))
                        clients = [read(one.part(index)) for index in range(count)]
                        for place, (pixels, _) in enumerate(read(data)):
                            rows = [[int(row[0]) for row in client[place][0]] for client in clients]
                            assert all(rows), (form, kind, count, "a client has none")
                            assert sorted(sum(rows, [])) == sorted(int(row[0]) for row in pixels), (form, kind, count)
                        for client in clients:
                            for pixels, labels in client:
                                assert [int(y[int(row[0])]) for row in pixels] == [int(l) for l in labels], (form, kind)
                        again = read(other.part(count - 1))
                        assert sorted(int(r[0]) for r in again[0][0]) == sorted(int(r[0]) for r in clients[-1][0][0])
            print("all forms hold")
            """,
            try await PythonEnvironment.torch.python()
        )
        #expect(output == "all forms hold")
    }

    @Test func kindsDivideAsTheyAreCalled() async throws {
        let output = try await run(
            """
            import json
            import numpy as np
            from sklearn.datasets import load_digits
            from fedops_split import Partition
            X, y = load_digits(return_X_y=True)
            def labels(kind, alpha=0.3, count=20):
                split = dict(kind=kind, alpha=alpha, shards=2, seed=1, count=count)
                return [Partition((X, y), None, split).part(index)[1] for index in range(count)]
            def few(kind, alpha=0.3): return float(np.mean([len(np.unique(part)) for part in labels(kind, alpha)]))
            def sizes(kind): return [len(part) for part in labels(kind)]
            print(json.dumps({
                "iid": few("iid"), "skewed": few("dirichlet", 1), "even": few("dirichlet", 1000), "by": few("by-label"),
                "spread": max(sizes("quantity")) / min(sizes("quantity")), "equal": max(sizes("dirichlet")) - min(sizes("dirichlet")),
            }))
            """,
            try await PythonEnvironment.sklearn.python()
        )
        let found = try JSONDecoder().decode([String: Double].self, from: Data(output.utf8))
        let value = { (name: String) in found[name] ?? .nan }
        #expect(value("iid") > 9.5)
        #expect(value("even") > 9.5)
        #expect(value("skewed") < 6)
        #expect(value("by") < 4)
        #expect(value("spread") > 3)
        #expect(value("equal") <= 1)
    }

    @Test(arguments: [
        ("none", DataSplit.none), ("iid", .iid), ("dirichlet:0.3", .dirichlet(alpha: 0.3)),
        ("by-label", .byLabel(shards: 2)), ("by-label:3", .byLabel(shards: 3)), ("quantity:2", .quantity(alpha: 2)),
    ])
    func namesAreRead(_ text: String, _ split: DataSplit) {
        #expect(DataSplit(text) == split)
        #expect(DataSplit(split.description) == split)
    }

    @Test(arguments: [
        "", "IID", "iid:1", "dirichlet", "dirichlet:0", "dirichlet:-1", "dirichlet:inf", "by-label:0", "quantity:",
    ])
    func otherNamesAreNot(_ text: String) { #expect(DataSplit(text) == nil) }
}
