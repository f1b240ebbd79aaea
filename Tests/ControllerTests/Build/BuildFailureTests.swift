import Artifacts
import Core
import Foundation
import Git
import TestSupport
import Testing

@testable import Controller

@Suite("Revisions that fail to build")
struct BuildFailureTests {
    /// Builds a revision whose flow ends with `more`.
    private func build(_ more: String, _ fixture: Fixture) async throws -> (BuildBench, BuildBench.Outcome) {
        let bench = try await BuildBench.make(fixture)
        let commit = try await bench.repository.commit([
            "fedops.yaml": BuildBench.flow(more, runtime: "python"), "train.py": BuildBench.code,
        ])
        return (bench, try await bench.build(commit))
    }

    @Test("A failing test says which, how, and with what last words; nothing after it runs")
    func failingTest() async throws {
        try await withFixture { fixture in
            let after = fixture.url("after").path
            let steps = """
                test:
                  - name: unit
                    run: echo collecting; echo "E   assert 1 == 2" >&2; exit 3
                  - touch \(after)
                """
            let (bench, outcome) = try await build(steps, fixture)
            let failure = try #require(outcome.failure)
            #expect(failure.reason.hasPrefix("step unit ended with 3: echo collecting"))
            #expect(failure.logTail.suffix(2) == ["collecting", "E   assert 1 == 2"])
            #expect(outcome.states == [.building, .testing])
            #expect(outcome.log.last?.hasPrefix("== failed: step unit ended with 3") == true)
            #expect(!FileManager.default.fileExists(atPath: after))
            #expect(!bench.hasLeftovers)

            // A failure isn't remembered as a pass.
            let again = try await bench.build(try await bench.repository.commit(["note": "again"]), number: 2)
            #expect(again.failure != nil)
        }
    }

    @Test("A hanging step is stopped at its limit, with what it started")
    func hanging() async throws {
        try await withFixture { fixture in
            let pid = fixture.url("pid").path
            let steps = "build: [{run: \"sleep 300 & echo $! > \(pid); wait\", timeout: 1s}]\n"
            let (_, outcome) = try await build(steps, fixture)
            #expect(outcome.failure?.reason == "step build-1 ran longer than its time limit of 1s")
            let child = try #require(Int32(try String(contentsOfFile: pid, encoding: .utf8).dropLast()))
            try await eventually("its child is gone") { kill(child, 0) != 0 }
        }
    }

    @Test("A flood of output is stopped at its limit")
    func flood() async throws {
        try await withFixture { fixture in
            let steps = "build: [{run: [\"yes\", \"flood\"], outputLimit: 64KiB}]\n"
            let (bench, outcome) = try await build(steps, fixture)
            #expect(outcome.failure?.reason == "step build-1 wrote more than its output limit of 64KiB")
            let log = bench.data.path + "/builds/digits/1.log"
            let size = try #require(try FileManager.default.attributesOfItem(atPath: log)[.size] as? NSNumber)
            #expect(size.intValue < 80 << 10)
        }
    }

    @Test("All mistakes of a flow are told at once, by file and line")
    func invalidFlow() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let flow = """
                task: Digits!
                runtime: pythn
                stages:
                  data: train.data
                  model: train:model
                  train: train:train
                  evaluate: train:evaluate
                rounds: {count: ten}
                """
            let outcome = try await bench.build(
                try await bench.repository.commit(["ml/fedops.yaml": flow, "ml/train.py": BuildBench.code]),
                flow: "ml/fedops.yaml"
            )
            let failure = try #require(outcome.failure)
            let lines = failure.logTail.compactMap { line in
                line.hasPrefix("ml/fedops.yaml:") ? line.split(separator: ":").dropFirst().first.map(String.init) : nil
            }
            #expect(lines == ["1", "2", "4", "8"])
            #expect(failure.reason.hasPrefix("ml/fedops.yaml:1:"))
            #expect(failure.reason.hasSuffix("(and 3 more)"))
            #expect(outcome.log.contains { $0.contains("rounds.count") })
        }
    }

    @Test("Files and modules that a flow names have to be there")
    func missingFiles() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let empty = try await bench.repository.commit(["README.md": "nothing yet\n"])
            #expect(
                try await bench.build(empty).failure?.reason
                    == "fedops.yaml is not a file of commit \(empty.prefix(7)): add it, or change the path of the flow in "
                    + "the task's source"
            )
            let flow = """
                task: digits
                runtime: {kind: python, requirements: requirements.txt}
                stages:
                  data: pipeline.loading:data
                  model: pipeline:model
                  train: pipeline.missing:train
                  evaluate: json:loads
                """
            let commit = try await bench.repository.commit([
                "fedops.yaml": flow, "pipeline/__init__.py": "", "pipeline/loading.py": "",
            ])
            let mistakes = try #require(try await bench.build(commit, number: 2).failure).logTail
            #expect(
                mistakes == [
                    "fedops.yaml: runtime.requirements: requirements.txt is not a file of this commit",
                    "fedops.yaml: stages.train.call: module pipeline.missing is not in this commit "
                        + "(looked for pipeline/missing.py and pipeline/missing/__init__.py)",
                ]
            )

            let external = BuildBench.flow().replacing("train:evaluate", with: "no_such_package.metrics:evaluate")
            let third = try await bench.repository.commit(["fedops.yaml": external, "train.py": BuildBench.code])
            #expect(
                try await bench.build(third, number: 3).failure?.logTail == [
                    "fedops.yaml: stages.evaluate.call: module no_such_package is neither in this commit (looked for "
                        + "no_such_package.py and no_such_package/__init__.py) nor in an installed package"
                ]
            )
        }
    }

    @Test("A commit that holds what no node's folder may hold is refused")
    func hostileTree() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let blob = try await bench.repository.blob(Data("evil".utf8))
            let tree = try await bench.repository.tree([("100644", "..", blob)])
            let commit = try await bench.repository.commit(tree: tree)
            let failure = try #require(try await bench.build(commit).failure)
            #expect(failure.reason.contains(".."))
        }
    }

    @Test("Stopping a build kills its step, and nothing of it is taken for the revision's fault")
    func cancelled() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let pid = fixture.url("pid").path
            let flow = BuildBench.flow("build: [\"sleep 300 & echo $! > \(pid); wait\"]\n")
            let commit = try await bench.repository.commit(["fedops.yaml": flow, "train.py": BuildBench.code])
            let build = Task { try await bench.build(commit) }
            let child: Int32 = try await eventually("the step runs", within: .seconds(120)) {
                Int32(try String(contentsOfFile: pid, encoding: .utf8).dropLast())
            }
            build.cancel()
            await #expect(throws: CancellationError.self) { try await build.value }
            try await eventually("the step's child is gone") { kill(child, 0) != 0 }
            #expect(!bench.hasLeftovers)
            let log = try String(contentsOfFile: bench.data.path + "/builds/digits/1.log", encoding: .utf8)
            #expect(log.hasSuffix("== stopped\n"))
        }
    }

    @Test("Steps see nothing of the controller's environment but the way to programs")
    func environment() async throws {
        try await withFixture { fixture in
            let (_, outcome) = try await build("build: [env]\n", fixture)
            let names = outcome.log.filter { $0.contains("=") && !$0.hasPrefix("==") }
                .map { String($0.prefix { $0 != "=" }) }
            #expect(
                Set(names).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == [
                    "PATH", "HOME", "TMPDIR", "LANG", "CI", "PYTHONUNBUFFERED", "VIRTUAL_ENV",
                ]
            )
        }
    }
}
