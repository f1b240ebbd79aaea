import API
import ControllerClient
import Core
import Foundation
import TestSupport

/// The controller of the built binary, in a process of its own, over a Git remote that is a folder.
struct RealController {
    let url: String
    let client: ControllerClient
    let repository: GitRepository
    private let process: BackgroundProcess

    static func start(_ fixture: Fixture) async throws -> RealController {
        let repository = try await GitRepository.make(at: fixture.url("remote.git"))
        let port = try freePort()
        let data = fixture.url("controller")
        let process = try await BackgroundProcess.start(
            "controller",
            Products.fedops.path,
            [
                "controller", "run", "--data", data.path, "--listen", "127.0.0.1:\(port)", "--allow-file-remotes",
            ],
            fixture: fixture
        )
        let url = "http://127.0.0.1:\(port)"
        try await eventually("the controller listens", within: .seconds(60)) {
            try await ControllerClient(url: url, token: nil).health()
            return true
        }
        let token = try String(contentsOf: data.appending(path: "operator.token"), encoding: .utf8)
        let client = try ControllerClient(url: url, token: token.trimmingCharacters(in: .whitespacesAndNewlines))
        return RealController(url: url, client: client, repository: repository, process: process)
    }

    /// What its process has written.
    var output: String { process.output }

    /// A one-time token for a new node.
    func token(_ role: NodeRole) async throws -> String {
        guard let token = try await client.createToken(TokenRequest(role: role)).token else {
            throw WaitFailed(description: "the controller made no token")
        }
        return token
    }

    /// Commits the files on the branch and tags them.
    func push(_ files: [String: String], tag: String) async throws -> String {
        let commit = try await repository.commit(files, executable: ["bin/stage"])
        try await repository.tag(tag, at: commit)
        return commit
    }
}
