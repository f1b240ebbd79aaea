import Core
import Foundation
import TestSupport
import Testing

@testable import Commands
@testable import fedops

/// `fedops check` in working trees.
@Suite struct CheckTests {
    private func check(_ arguments: String...) async -> (status: Int32, recorder: Recorder) {
        let recorder = Recorder()
        let status = await Console.$current.withValue(recorder.console()) {
            await CommandLineTool.run(FedOps.self, ["check"] + arguments)
        }
        return (status, recorder)
    }

    static let flow = """
        task: digits
        stages:
          data: {call: code.data:load, with: {site: $labels.site}}
          model: {call: code.model:Net, with: {width: 3}}
          train: {call: train:fit, with: {rate: 0.1}}
          evaluate: train:score

        """

    private func tree(_ fixture: Fixture, _ flow: String = Self.flow) throws {
        try fixture.write(flow, to: "fedops.yaml")
        try fixture.write("", to: "code/__init__.py")
        try fixture.write("def load(site):\n    return site\n", to: "code/data.py")
        try fixture.write("\nclass Net:\n    def __init__(self, width): ...\n", to: "code/model.py")
        try fixture.write("def fit(model, data, rate): ...\n\ndef score(model, data): ...\n", to: "train.py")
    }

    @Test("a sound flow is said to be, with where its functions are")
    func sound() async throws {
        try await withFixture { fixture in
            try tree(fixture)
            let (status, recorder) = await check(fixture.folder.path)
            #expect(status == 0)
            #expect(recorder.out.contains("code.model:Net   code/model.py:2"))
            #expect(recorder.out.contains("train:score      train.py:3"))
            #expect(recorder.out.contains("fedops.yaml is sound: 0 errors, 0 warnings"))
            #expect(recorder.error.isEmpty)
        }
    }

    @Test("a tracker whose package isn't in the requirements is told")
    func trackers() async throws {
        try await withFixture { fixture in
            let requirements = "runtime: {requirements: requirements.txt}\n"
            try tree(fixture, Self.flow + requirements + "trackers: [tensorboard, {name: mlflow, models: 2}, wandb]\n")
            try fixture.write("MLflow_skinny==3.17.2\nwandb[media]>=0.20\n", to: "requirements.txt")
            let (status, recorder) = await check(fixture.folder.path)
            #expect(status == 0)
            #expect(recorder.out.contains("the tracker tensorboard needs a package that requirements.txt doesn't name"))
            #expect(recorder.out.contains("0 errors, 1 warning"))
        }
    }

    @Test("what a function takes is not said to be wrong where its text may not be all")
    func unsure() async throws {
        try await withFixture { fixture in
            try tree(fixture, Self.flow + "rounds: {strategy: {name: fedprox, mu: 0.1}}\n")
            try fixture.write(
                """
                import functools

                def load(site, folder): ...

                load = functools.partial(load, folder="here")
                """,
                to: "code/data.py"
            )
            try fixture.write(
                """
                try:
                    import fast
                    def score(model, data, engine): ...
                except ImportError:
                    def score(model, data): ...

                def fit(model, data, rate, proximal_mu, global_model): ...
                """,
                to: "train.py"
            )
            let (status, recorder) = await check(fixture.folder.path)
            #expect(status == 0, "\(recorder.out)")
            #expect(!recorder.out.contains("nothing fills in"), "\(recorder.out)")
        }
    }

    @Test("all that is wrong between flow and tree is said at once, with lines of both")
    func wrong() async throws {
        try await withFixture { fixture in
            try tree(
                fixture,
                """
                task: digits
                runtime: {requirements: missing.txt}
                build: [{run: [tools/build, now]}, {run: [bin/plain]}]
                stages:
                  data: code.dta:load
                  model: {call: code.model:Net, with: {wdth: 3}}
                  train: train:fti
                  evaluate: sklearn.metrics:score

                """
            )
            try fixture.write("#!/bin/sh\n", to: "bin/plain", mode: 0o644)
            let (status, recorder) = await check(fixture.url("fedops.yaml").path, "-o", "json")
            #expect(status == 1)
            let json = try JSONDecoder().decode(JSONValue.self, from: Data(recorder.out.utf8))
            #expect(json["valid"] == .bool(false))
            guard case .array(let diagnostics)? = json["diagnostics"] else {
                Issue.record("no diagnostics")
                return
            }
            let lines = try diagnostics.map { value in
                let data = try JSONEncoder().encode(value)
                let diagnostic = try JSONDecoder().decode(Diagnostic.self, from: data)
                return String(diagnostic.description.dropFirst(diagnostic.file.count + 1))
            }
            #expect(
                lines == [
                    "2:25: error: runtime.requirements: there is no file \"missing.txt\" in the flow's folder",
                    "3:9: error: build[0]: there is no program \"tools/build\" in the flow's folder",
                    "3:36: error: build[1]: \"bin/plain\" may not be executed (chmod +x, and commit its mode)",
                    "5:9: error: stages.data.call: there is no module code.dta: neither code/dta.py nor a package of that name is there",
                    "6:46: error: stages.model.with.wdth: Net has no parameter wdth (code/model.py:2) (did you mean width?)",
                    "7:10: error: stages.train.call: train.py defines no fti (did you mean train:fit, line 1?)",
                    "8:13: warning: stages.evaluate.call: the module sklearn.metrics is not in the flow's folder (it has to come with the packages of runtime.requirements)",
                ]
            )
        }
    }

    @Test("mistakes of the flow itself are in the form that editors follow")
    func mistakes() async throws {
        try await withFixture { fixture in
            try tree(fixture, Self.flow + "rouns: 3\n")
            let (status, recorder) = await check(fixture.folder.path)
            #expect(status == 1)
            #expect(recorder.out.contains("fedops.yaml:7:1: error: rouns: the key \"rouns\" is unknown"))
            #expect(recorder.out.contains("(did you mean rounds?)"))
        }
    }

    @Test("a file that isn't there is a matter of usage, and so is a folder without a flow")
    func missing() async throws {
        try await withFixture { fixture in
            #expect(await check(fixture.url("nothing").path).status == 2)
            let (status, recorder) = await check(fixture.folder.path)
            #expect(status == 2)
            #expect(recorder.error.hasPrefix("error: "))
        }
    }

    @Test("the examples of this repository are sound")
    func examples() async throws {
        for folder in ["examples-repo", "examples-repo/pytorch"] {
            let path = Checkout.root.appending(path: folder).path
            let (status, recorder) = await check(path)
            #expect(status == 0, "\(recorder.out)")
        }
    }
}

/// This repository's own files.
enum Checkout {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}
