import Core
import Foundation
import Simulation
import TestSupport
import Testing

/// The projects of `examples-repo`, none of which knows of federated learning, from `fedops init --yes` to finished rounds
/// with not a line of theirs changed.
@Suite(.serialized) struct ExampleTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var name: String
        /// Files of the project where its folder has other projects too.
        var files: [String] = []
        var environment: PythonEnvironment?
        var shape: String
        var metric: String
        /// The metric after two rounds is above this, which is far above chance.
        var least: Double
        /// Examples of training that all clients have together.
        var examples: Int
        /// What `init` writes beside the flow.
        var others: [String] = []

        var testDescription: String { name }
    }

    static let examples = [
        Example(
            name: "scikit-learn",
            files: ["data.py", "train.py", "requirements.txt", "tests"],
            environment: .sklearn,
            shape: "scikit-learn",
            metric: "accuracy",
            least: 0.8,
            examples: 1347
        ),
        Example(
            name: "pytorch",
            environment: .torch,
            shape: "PyTorch",
            metric: "accuracy",
            least: 0.7,
            examples: 1347
        ),
        Example(
            name: "lightning",
            environment: .torch,
            shape: "Lightning",
            metric: "test_accuracy",
            least: 0.4,
            examples: 1348
        ),
        Example(
            name: "silo",
            environment: .silo,
            shape: "FedOps Silo project",
            metric: "accuracy",
            least: 0.7,
            examples: 900
        ),
        Example(
            name: "flower",
            environment: .frameworks,
            shape: "Flower app, message API",
            metric: "eval_acc",
            least: 0.8,
            examples: 1437,
            others: ["requirements.txt"]
        ),
        Example(name: "perl", shape: "commands", metric: "accuracy", least: 0.8, examples: 675),
    ]

    @Test("each gets from init to finished rounds with nothing of its own changed", arguments: examples)
    func fromInitToRounds(_ example: Example) async throws {
        try await withFixture { fixture in
            let folder = try await checkout(example, fixture)
            let python = try await example.environment?.python()

            let begun = try await fedops(["init", "--yes"], in: folder, python)
            #expect(begun.status == 0, "\(begun.stdout)\(begun.stderr)")
            #expect(begun.stdout.contains(example.shape), "\(begun.stdout)")
            #expect(!begun.stdout.contains("to do"), "\(begun.stdout)")

            let checked = try await fedops(["check"], in: folder, python)
            #expect(checked.status == 0, "\(checked.stdout)\(checked.stderr)")
            #expect(checked.stdout.contains("is sound: 0 errors"), "\(checked.stdout)")

            let tried = try await fedops(
                ["try", "--clients", "3", "--rounds", "2", "-o", "json"],
                in: folder,
                python,
                timeout: .seconds(300)
            )
            #expect(tried.status == 0, "\(tried.stderr)")
            let report = try JSONDecoder().decode(FederationReport.self, from: Data(tried.stdout.utf8))
            #expect(report.status == .completed, "\(report.reason ?? "")")
            #expect(report.rounds.map(\.status) == [.finished, .finished])
            #expect(report.rounds.map(\.contributions.count) == [3, 3])
            // Each example is at one client: none is missing, and none is there twice.
            #expect(report.rounds.map(\.examples) == [example.examples, example.examples])
            let values = report.rounds.compactMap { $0.evaluation[example.metric] }
            #expect(values.count == 2 && (values.last ?? 0) > example.least, "\(report.rounds.map(\.evaluation))")

            let status = try await requireProcess("git", ["-C", folder.path, "status", "--porcelain"])
            let new = (["fedops.yaml"] + example.others).map { "?? \($0)" }
            #expect(status.split(separator: "\n").map(String.init) == new, "\(status)")
            #expect(try await requireProcess("git", ["-C", folder.path, "diff", "HEAD"]).isEmpty)
        }
    }

    /// The project without a flow, committed in a repository of its own.
    private func checkout(_ example: Example, _ fixture: Fixture) async throws -> URL {
        let folder = try fixture.makeFolder(example.name)
        let isRoot = !example.files.isEmpty
        let source = isRoot ? Workplace.examples : Workplace.examples.appending(path: example.name)
        let names = isRoot ? example.files : try FileManager.default.contentsOfDirectory(atPath: source.path)
        for name in names where name != "fedops.yaml" && name != "__pycache__" {
            try FileManager.default.copyItem(at: source.appending(path: name), to: folder.appending(path: name))
        }
        for arguments in [
            ["init", "-q"], ["add", "-A"],
            ["-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-qm", "Begin"],
        ] {
            try await requireProcess("git", ["-C", folder.path] + arguments)
        }
        return folder
    }

    /// As in a shell where the project's environment is active. What Python compiles is kept from run to run.
    private func fedops(
        _ arguments: [String],
        in folder: URL,
        _ python: URL?,
        timeout: Duration = .seconds(120)
    ) async throws -> ProcessOutput {
        let cache = PythonEnvironment.package.appending(path: ".build/test-python/cache")
        var environment = ["XDG_CACHE_HOME": cache.path]
        if let programs = python?.deletingLastPathComponent() {
            environment["VIRTUAL_ENV"] = programs.deletingLastPathComponent().path
            environment["PATH"] = "\(programs.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
        }
        return try await runProcess(
            try Products.fedops.path,
            arguments,
            in: folder,
            environment: environment,
            timeout: timeout
        )
    }
}
