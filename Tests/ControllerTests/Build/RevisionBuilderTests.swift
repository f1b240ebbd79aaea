import Artifacts
import Core
import Foundation
import Git
import TestSupport
import Testing

@testable import Controller

@Suite("Building a revision")
struct RevisionBuilderTests {
    @Test("Steps run in a copy of the revision, and the artifact is the commit's files alone")
    func wholeBuild() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let steps = """
                build:
                  - name: generate
                    run: echo "answer = 42" > generated.py && pwd && echo note >&2
                test:
                  - python -c "import generated, sys; assert generated.answer == 42; print(sys.prefix)"
                  - run: [python, -c, "print('second test')"]
                """
            let commit = try await bench.repository.commit([
                "flows/fedops.yaml": BuildBench.flow(steps), "flows/train.py": BuildBench.code,
                "run.sh": "#!/bin/sh\n",
            ])
            let outcome = try await bench.build(commit, flow: "flows/fedops.yaml")
            #expect(outcome.failure == nil)
            let built = try #require(outcome.built)
            #expect(outcome.states == [.building, .testing, .packing])
            #expect(built.files == 3)
            #expect(built.release.environment == nil)
            #expect(built.release.commit.text == commit)

            let digest = built.release.digest
            let manifest = try Manifest(verifying: try bench.blobs.data(digest), digest: digest)
            #expect(manifest.files.map(\.path) == ["flows/fedops.yaml", "flows/train.py", "run.sh"])
            #expect(manifest.flow == "flows/fedops.yaml")
            #expect(bench.blobs.missing(manifest.blobs).isEmpty)

            #expect(outcome.log.contains { $0.hasSuffix("/tree/flows") }, "steps run in the flow's folder")
            #expect(outcome.log.contains("note"))
            #expect(outcome.log.contains { $0.contains("/builds/.environments/") }, "the environment's python is first")
            #expect(outcome.log.contains("second test"))
            #expect(outcome.log.contains { $0.hasPrefix("== step test-2 passed in ") })
            #expect(!bench.hasLeftovers)
        }
    }

    @Test("A flow without steps and packages is built without running anything")
    func nothingToRun() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let commit = try await bench.repository.commit([
                "fedops.yaml": BuildBench.flow(), "train.py": BuildBench.code,
            ])
            let outcome = try await bench.build(commit)
            #expect(outcome.built != nil)
            #expect(outcome.states == [.building, .packing])
            #expect(!FileManager.default.fileExists(atPath: bench.data.path + "/builds/.environments"))
        }
    }

    @Test("One commit has one digest, whichever machine builds it, and whatever the steps write")
    func sameDigest() async throws {
        try await withFixture { fixture in
            let one = try await BuildBench.make(fixture)
            let commit = try await one.repository.commit([
                "fedops.yaml": BuildBench.flow("build: [\"date > stamp; head -c 9 /dev/urandom > noise\"]\n"),
                "train.py": BuildBench.code, "data/a.csv": "1,2\n",
            ])
            let other = try one.elsewhere()
            let first = try #require(try await one.build(commit).built)
            let second = try #require(try await other.build(commit, number: 7).built)
            #expect(first.release.digest == second.release.digest)
            #expect(first.release.policy == second.release.policy)
        }
    }

    @Test("The packages of a flow become a wheelhouse, and the steps run with them")
    func packages() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let flow = BuildBench.flow(
                "test: [\"python -c 'import six; print(six.__version__)'\"]\n",
                runtime: "{kind: python, requirements: requirements.txt}"
            )
            let files = ["fedops.yaml": flow, "train.py": BuildBench.code, "requirements.txt": "six==1.16.0\n"]
            let outcome = try await bench.build(try await bench.repository.commit(files.mapValues { $0 }))
            #expect(outcome.failure == nil)
            let digest = try #require(outcome.built?.release.environment)
            let wheels = try WheelManifest(verifying: try bench.blobs.data(digest), digest: digest)
            #expect(wheels.wheels.map(\.name) == ["six-1.16.0-py2.py3-none-any.whl"])
            #expect(bench.blobs.missing(wheels.blobs).isEmpty)
            #expect(outcome.log.contains("1.16.0"))

            let commit = try await bench.repository.commit(["requirements.txt": "six==0.0.0.1\n"])
            let failed = try await bench.build(commit, number: 2)
            #expect(failed.failure?.reason.contains("Could not find a version that satisfies") == true)
        }
    }

    @Test("An unchanged build isn't repeated, and the log says so; any change of an input repeats it")
    func cached() async throws {
        try await withFixture { fixture in
            let bench = try await BuildBench.make(fixture)
            let counter = fixture.url("runs").path
            func runs() -> Int {
                (try? String(contentsOfFile: counter, encoding: .utf8))?.split(separator: "\n").count ?? 0
            }
            let flow = BuildBench.flow("test: [\"echo ran >> \(counter)\"]\n", runtime: "python")
            let first = try await bench.repository.commit(["fedops.yaml": flow, "train.py": BuildBench.code])
            let one = try #require(try await bench.build(first).built)
            #expect(runs() == 1)

            // Another commit of the same files.
            let extra = try await bench.repository.commit(["extra": "x"])
            let same = try await bench.repository.commit(["extra": nil])
            #expect(extra != same && same != first)
            let again = try await bench.build(same, number: 2)
            #expect(runs() == 1)
            #expect(again.states == [.building, .packing])
            #expect(again.log.contains { $0.contains("aren't run again: test-1") })
            let two = try #require(again.built)
            #expect(two.release.digest != one.release.digest, "an artifact names its commit")

            #expect(try await bench.build(extra, number: 3).built != nil)
            #expect(runs() == 2)
            #expect(try await bench.elsewhere().build(first).built != nil)
            #expect(runs() == 3, "another machine trusts only its own runs")
        }
    }
}
