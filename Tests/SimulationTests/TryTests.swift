import Artifacts
import Core
import FlowRunner
import Foundation
import Simulation
import TestSupport
import Testing

@Suite struct TryTests {
    @Test func uncommittedEditsRunAndIgnoredFilesDont() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            let before = try await place.tree()
            try place.edit("train.py") {
                $0.replacing("\"accuracy\": accuracy_score", with: "\"edited\": 1.0, \"accuracy\": accuracy_score")
            }
            try fixture.write("*.local\n", to: "checkout/.gitignore")
            try fixture.write("secret", to: "checkout/notes.local")
            try fixture.write("new = 1\n", to: "checkout/fresh.py")
            let after = try await place.tree()
            #expect(after.commit != before.commit)
            #expect(after.manifest.files.contains { $0.path == "fresh.py" })
            #expect(!after.manifest.files.contains { $0.path == "notes.local" || $0.path.hasPrefix(".git/") })
            #expect(!FileManager.default.fileExists(atPath: after.folder.appending(path: "notes.local").path))

            var options = FederationOptions()
            options.rounds = 1
            let report = try await place.rounds(options)
            #expect(report.status == .completed, "\(report.reason ?? "")")
            #expect(report.setup.split == "iid")
            #expect(report.rounds.map(\.contributions.count) == [3])
            #expect(report.rounds.first?.examples == 1347)
            #expect(report.rounds.first?.evaluation["edited"] == 1)
            #expect(report.rounds.first?.evaluation["accuracy"] ?? 0 > 0.7)
            #expect(report.setup.commit == after.commit)
        }
    }

    @Test(arguments: ["server", "both"]) func theServerNodeEvaluatesWhereTheFlowSaysSo(evaluate: String) async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            try place.edit("fedops.yaml") { $0.replacing("rounds:\n", with: "rounds:\n  evaluate: \(evaluate)\n") }
            var options = FederationOptions()
            options.rounds = 1
            let report = try await place.rounds(options)
            #expect(report.status == .completed, "\(report.reason ?? "")")
            let round = try #require(report.rounds.first)
            #expect(round.serverEvaluation?["accuracy"] ?? 0 > 0.7, "\(round.serverUnevaluated ?? "")")
            #expect(round.evaluation.isEmpty == (evaluate == "server"))
        }
    }

    @Test func clientsWithALabelHaveTheirOwnData() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            var options = FederationOptions()
            options.rounds = 2
            options.labels = ["site": ["north", "east", "south"]]
            let report = try await place.rounds(options)
            #expect(report.status == .completed, "\(report.reason ?? "")")
            #expect(report.setup.split == "none")
            // The example's sites differ in size, and have the whole of it together.
            #expect(report.rounds.map(\.examples) == [1347, 1347])
            #expect(Set(report.rounds[0].contributions.map(\.examples)).count > 1)
        }
    }

    /// The same mean as from the project's own functions and NumPy, without anything of ours.
    @Test func aRoundIsTheWeightedMeanOfWhatTheProjectTrains() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            var options = FederationOptions()
            options.rounds = 1
            options.epochs = 2
            options.keepsModels = true
            options.labels = ["site": ["north", "east", "south"]]
            for workers in [nil, 1] {
                options.workers = workers
                let report = try await place.rounds(options)
                let model = try #require(report.model)
                let output = try await requireProcess(
                    place.python.path,
                    [
                        "-c",
                        """
                        import sys
                        sys.path[:0] = sys.argv[1:3]
                        import numpy as np
                        from data import load
                        from train import DIGITS, build_model, train
                        import fedops_tensors
                        total, sums = 0, {"coef_": 0, "intercept_": 0}
                        for site in ("north", "east", "south"):
                            X, y, _, _ = load(site)
                            model = build_model()
                            model.partial_fit(X, y, classes=DIGITS)
                            model.coef_[:], model.intercept_[:], model.t_ = 0, 0, 1.0
                            train(model, X, y, epochs=2)
                            total += len(y)
                            for name in sums: sums[name] = sums[name] + len(y) * getattr(model, name)
                        found = fedops_tensors.read(sys.argv[3])
                        for name in sums:
                            np.testing.assert_allclose(found[name].array(np.zeros(0)), sums[name] / total, rtol=1e-12, atol=1e-14)
                        """,
                        fixture.url("checkout").path,
                        PythonEnvironment.package.appending(path: "Sources/FlowRunner/Python").path, model,
                    ],
                    timeout: .seconds(120)
                )
                #expect(output.contains("trained on"))
            }
        }
    }

    @Test func aFailingStageIsShownWithFileAndLine() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            try place.edit("train.py") {
                $0.replacing(
                    "    loss = log_loss(y_train",
                    with: "    print('about to fail')\n    raise RuntimeError('no luck')\n    loss = log_loss(y_train"
                )
            }
            var options = FederationOptions()
            options.retries = 0
            let report = try await place.rounds(options)
            #expect(report.status == .failed)
            #expect(report.rounds.map(\.status) == [.failed])
            // The estimator's first fit, for its shapes, is the initializer's: nobody else gets that far.
            let failure = try #require(report.failures.first)
            #expect(failure.stage == "train")
            let source = try String(contentsOf: fixture.url("checkout/train.py"), encoding: .utf8)
            let line =
                try #require(source.components(separatedBy: "\n").firstIndex { $0.contains("raise RuntimeError") }) + 1
            #expect(failure.message.contains("RuntimeError: no luck (train.py:\(line) in train)"), "\(failure.message)")
            #expect(failure.log.contains("about to fail"))
            #expect(report.reason?.contains("no luck") == true)
        }
    }

    /// Such as uv makes: without pip, and nobody has switched it on.
    @Test func theProjectsOwnEnvironmentIsFound() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            try fixture.write(".venv/\n", to: "checkout/.gitignore")
            let folder = fixture.url("checkout/.venv")
            try await requireProcess(place.python.path, ["-m", "venv", "--without-pip", folder.path])
            let code = "import sysconfig; print(sysconfig.get_path('purelib'))"
            let own = folder.appending(path: "bin/python").path
            let packages = try await requireProcess(place.python.path, ["-c", code])
            func find() async throws -> LocalPython.Found? {
                let python = LocalPython(
                    try await place.tree(),
                    cache: fixture.url("cache"),
                    own: ["PATH": "/nowhere"],
                    note: { fixture.log($0) }
                )
                return try await python.find(nil)
            }
            try place.edit("fedops.yaml") { $0.replacing("  requirements: requirements.txt\n", with: "") }
            let failure = await #expect(throws: TreeError.self) { try await find() }
            #expect(failure?.description.contains("(the project's own .venv) lacks numpy") == true, "\(failure as Any)")

            let site = try await requireProcess(own, ["-c", code]).trimmingCharacters(in: .whitespacesAndNewlines)
            try packages.write(toFile: "\(site)/packages.pth", atomically: true, encoding: .utf8)
            try await place.git("checkout", "fedops.yaml")
            let found = try #require(try await find())
            #expect(found.origin == "the project's own .venv")
            #expect(found.python.path.contains("/checkout/.venv/bin/"))
        }
    }

    @Test func torchLoadersAreSplitByDirichlet() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture, python: try await PythonEnvironment.torch.python())
            var options = FederationOptions()
            options.rounds = 1
            options.epochs = 1
            options.split = .dirichlet(alpha: 5)
            let report = try await place.rounds(options, flow: "pytorch/fedops.yaml")
            #expect(report.status == .completed, "\(report.reason ?? "") \(report.failures)")
            #expect(report.rounds.first?.examples == 1347)
            #expect(report.setup.shares.count == 3)
            #expect(report.setup.shares.allSatisfy { $0.share?.labels != nil })
        }
    }
}
