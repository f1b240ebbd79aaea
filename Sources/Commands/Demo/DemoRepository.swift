import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The demo's Git remote and the working copy that pushes to it, made with the `git` that a team would use.
struct DemoRepository: Sendable {
    let remote: URL
    let copy: URL

    var url: String { "file://\(remote.path)" }

    /// Makes an empty bare remote in `folder`, and a working copy whose first commit holds the files of `example`.
    static func create(from example: URL, in folder: URL) async throws -> DemoRepository {
        let repository = DemoRepository(
            remote: folder.appending(path: "remote.git"),
            copy: folder.appending(path: "digits")
        )
        try await git(["init", "--quiet", "--bare", "--initial-branch=main", repository.remote.path], in: folder)
        try await git(["clone", "--quiet", repository.remote.path, repository.copy.path], in: folder)
        for name in try FileManager.default.contentsOfDirectory(atPath: example.path) where name != ".git" {
            try FileManager.default.copyItem(
                at: example.appending(path: name),
                to: repository.copy.appending(path: name)
            )
        }
        try await git(["checkout", "--quiet", "-B", "main"], in: repository.copy)
        try await repository.commit("Train a classifier of handwritten digits")
        return repository
    }

    func commit(_ message: String) async throws {
        try await Self.git(["add", "--all"], in: copy)
        // The identity is the demo's, so that a machine without one can run it.
        try await Self.git(
            ["-c", "user.name=FedOps demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", message],
            in: copy
        )
    }

    func tag(_ name: String) async throws {
        try await Self.git(
            ["-c", "user.name=FedOps demo", "-c", "user.email=demo@localhost", "tag", "-a", name, "-m", name],
            in: copy
        )
    }

    func push() async throws {
        try await Self.git(["push", "--quiet", "--follow-tags", "origin", "main"], in: copy)
    }

    /// Runs git in `folder`, away from the settings of whoever runs the demo.
    private static func git(_ arguments: [String], in folder: URL) async throws {
        let result: ExecutionResult<Void, StringOutput<UTF8>, CombinedErrorOutput>
        do {
            result = try await Subprocess.run(
                .name("git"),
                arguments: Arguments(arguments),
                environment: .inherit.updating([
                    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
                ]),
                workingDirectory: FilePath(folder.path),
                output: .string(limit: 1 << 20),
                error: .combinedWithOutput
            )
        } catch {
            throw FleetError("git could not be started: \(error); install it (apt-get install git)")
        }
        guard result.terminationStatus.isSuccess else {
            throw FleetError("git \(arguments.joined(separator: " ")) failed: \(result.standardOutput)")
        }
    }
}

extension DemoRepository {
    /// Rewrites a file of the working copy.
    func edit(_ path: String, _ change: (String) -> String) throws {
        let file = copy.appending(path: path)
        let before = try String(contentsOf: file, encoding: .utf8)
        let after = change(before)
        guard after != before else { throw FleetError("\(path) of the example has nothing to change for the demo") }
        try Data(after.utf8).write(to: file)
    }
}
