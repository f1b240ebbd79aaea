import Foundation
import Git
import TestSupport

/// A repository with a branch and tags, our side of the network, and a mirror to come.
struct RemoteWorld {
    let fixture: Fixture
    let repository: GitRepository
    let network: GitNetwork
    let mirror: URL
    /// The two commits of `main`, oldest first; `v1.0.0` (annotated) is at the first, `v1.1.0` at the second.
    let commits: [String]

    init(_ fixture: Fixture) async throws {
        self.fixture = fixture
        repository = try await GitRepository.make(at: fixture.url("remote/project.git"))
        let first = try await repository.commit(["train.py": "print(1)\n"], message: "Begin")
        try await repository.tag("v1.0.0", at: first, message: "First")
        let second = try await repository.commit(["train.py": "print(2)\n"], message: "Go on")
        try await repository.tag("v1.1.0", at: second)
        commits = [first, second]
        network = GitNetwork(executable: try Products.fedops.path, home: fixture.url("home"))
        mirror = fixture.url("mirrors/project.git")
    }

    /// The folder that a server serves.
    var root: URL { repository.folder.deletingLastPathComponent() }

    var fileSpec: GitRemoteSpec {
        GitRemoteSpec(url: "file://\(repository.folder.path)", allowFile: true)
    }

    func list(_ spec: GitRemoteSpec, branch: String = "main", within deadline: Duration = .seconds(30)) async throws
        -> RemoteRefs
    {
        try await network.listRefs(spec, branch: branch, deadline: deadline)
    }

    @discardableResult
    func fetch(
        _ spec: GitRemoteSpec,
        branch: String = "main",
        tags: [String] = [],
        within deadline: Duration = .seconds(60)
    ) async throws -> RemoteRefs {
        try await network.fetch(spec, into: mirror, branch: branch, tags: tags, deadline: deadline)
    }

    func opened() throws -> GitMirror { try GitMirror(path: mirror) }

    func write(secret: String, to name: String) throws -> String {
        try fixture.write(secret + "\n", to: name, mode: 0o600).path
    }
}

/// The error that `body` throws, which must be a `GitError`.
func gitError(_ body: () async throws -> Void) async throws -> GitError {
    do {
        try await body()
    } catch let error as GitError {
        return error
    }
    throw NothingThrown()
}

struct NothingThrown: Error, CustomStringConvertible {
    let description = "no error was thrown"
}
