import Foundation
import TestSupport

/// A repository whose flow is made of commands, and another one that pushes tags to it.
///
/// Nothing is installed for it and no stage has work to do, so that what is measured is how revisions get about.
struct TinyProject: Sendable {
    let remote: GitRepository
    private let work: GitRepository

    static let task = "model"

    /// - Parameter files: What the first commit holds beside the flow.
    init(in fixture: Fixture, files: [String: String] = [:]) async throws {
        remote = try await GitRepository.make(at: fixture.url("remotes/model.git"))
        work = try await GitRepository.make(at: fixture.url("work.git"))
        let own = ["fedops.yaml": Self.flow, "bin/stage": "#!/bin/sh\nexit 0\n"]
        try await work.commit(own.merging(files) { $1 }, executable: ["bin/stage"], message: "Begin")
    }

    /// Commits files on top of the last commit, and tags that, where no remote knows of it yet.
    func prepare(_ tag: String, _ files: [String: String]) async throws -> Tag {
        let commit = try await work.commit(files, message: "Make \(tag)")
        try await work.tag(tag, at: commit)
        return Tag(name: tag, commit: commit)
    }

    /// Pushes branch and tag at once; returns the moment before that began.
    func push(_ tag: Tag) async throws -> Date {
        let start = Date()
        try await work.git("push", "--quiet", "--atomic", remote.folder.path, "main", tag.name)
        return start
    }

    struct Tag: Sendable {
        var name: String
        var commit: String
    }

    private static let flow = """
        task: \(task)
        runtime: command
        stages:
          data: {command: [bin/stage]}
          model: {command: [bin/stage]}
          train: {command: [bin/stage]}
          evaluate: {command: [bin/stage]}
        participants:
          clients: {minimum: 1}
        rollout:
          waves: [100%]
          hold: 0s

        """
}
