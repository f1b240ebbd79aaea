import Core
import Foundation
import TestSupport

/// A repository with a flow that builds in no time and needs nothing.
struct FlowRepository: Sendable {
    let git: GitRepository
    let url: String

    static func make(_ fixture: Fixture, _ name: String = "repository.git") async throws -> FlowRepository {
        let git = try await GitRepository.make(at: fixture.url(name))
        return FlowRepository(git: git, url: "file://\(git.folder.path)")
    }

    /// Commits a flow, with `more` at its end, and tags it where `tag` is given.
    @discardableResult
    func release(
        _ tag: String?,
        flow more: String = "",
        on branch: String = "main",
        files: [String: String] = [:]
    ) async throws -> CommitHash {
        let text = try await git.commit(
            ["fedops.yaml": Self.flow + more + "\n# \(tag ?? "untagged") \(UUID().uuidString)\n"].merging(files) { $1 },
            message: "Release \(tag ?? "nothing")",
            on: branch
        )
        if let tag { try await git.tag(tag, at: text) }
        guard let commit = CommitHash(text) else { throw CancellationError() }
        return commit
    }

    static let flow = """
        task: digits
        runtime: {kind: command}
        stages:
          data: {command: ["true"]}
          model: {command: ["true"]}
          train: {command: ["true"]}
          evaluate: {command: ["true"]}
        rounds: {count: 3, deadline: 60s, best: {metric: accuracy}}
        participants: {clients: {minimum: 1, wait: 2s}}
        rollout: {waves: [1, 100%], health: 20s}

        """
}
