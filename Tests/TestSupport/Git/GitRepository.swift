package import Foundation

/// A bare repository that a test fills through Git's own tools. Authors and times are fixed, so hashes are too.
package struct GitRepository: Sendable {
    package let folder: URL

    /// Makes an empty repository with the branch `main` to come.
    package static func make(at folder: URL) async throws -> GitRepository {
        let repository = GitRepository(folder: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await repository.git("init", "--bare", "--quiet", "--initial-branch=main", ".")
        return repository
    }

    /// Runs `git` in the repository, without any configuration of the machine's, and gives its output.
    @discardableResult
    package func git(_ arguments: String..., input: Data = Data()) async throws -> String {
        try await requireProcess("git", arguments, in: folder, environment: Self.environment, input: input)
    }

    /// Git's environment: no configuration of the user's or the machine's, one author, one time.
    package static let environment: [String: String?] = [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "A. Author", "GIT_AUTHOR_EMAIL": "author@example.org",
        "GIT_COMMITTER_NAME": "A. Author", "GIT_COMMITTER_EMAIL": "author@example.org",
        "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
        "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil,
    ]

    /// Commits files on top of `branch`, which is made when it isn't there, and gives the commit's hash.
    ///
    /// - Parameters:
    ///   - files: contents by path; `nil` removes one. The rest stays.
    ///   - executable: those of the files that are to be executable.
    @discardableResult
    package func commit(
        _ files: [String: String?],
        executable: Set<String> = [],
        links: [String: String] = [:],
        message: String = "Change files",
        on branch: String = "main"
    ) async throws -> String {
        let parent = try? await git("rev-parse", "--verify", "--quiet", "refs/heads/\(branch)")
        let count = parent == nil ? "0" : try await git("rev-list", "--count", "refs/heads/\(branch)")
        let who = "A. Author <author@example.org> \(1_700_000_000 + 60 * (Int(count) ?? 0)) +0000"
        var stream = "commit refs/heads/\(branch)\nauthor \(who)\ncommitter \(who)\n" + Self.data(message)
        if let parent { stream += "from \(parent)\n" }
        for (path, content) in files.sorted(by: { $0.key < $1.key }) {
            if let content {
                stream += "M \(executable.contains(path) ? "100755" : "100644") inline \(path)\n" + Self.data(content)
            } else {
                stream += "D \(path)\n"
            }
        }
        for (path, target) in links.sorted(by: { $0.key < $1.key }) {
            stream += "M 120000 inline \(path)\n" + Self.data(target)
        }
        try await git("fast-import", "--quiet", "--force", input: Data(stream.utf8))
        return try await git("rev-parse", "refs/heads/\(branch)")
    }

    /// Sets a tag, moving it when it is there; with a message it becomes an annotated one.
    package func tag(_ name: String, at commit: String, message: String? = nil) async throws {
        if let message {
            try await git("tag", "--force", "--annotate", "--message", message, name, commit)
        } else {
            try await git("update-ref", "refs/tags/\(name)", commit)
        }
    }

    /// Writes a tree object from its raw entries, which needn't be valid, and gives its hash.
    package func tree(_ entries: [(mode: String, name: String, oid: String)]) async throws -> String {
        var raw = Data()
        for entry in entries {
            raw += Data("\(entry.mode) \(entry.name)\0".utf8)
            raw += entry.oid.hexadecimalBytes
        }
        return try await git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", input: raw)
    }

    package func blob(_ content: Data) async throws -> String {
        try await git("hash-object", "-w", "--stdin", input: content)
    }

    /// Commits a tree as it is on top of nothing, and points the branch there.
    @discardableResult
    package func commit(tree: String, message: String = "Set the tree", on branch: String = "main") async throws
        -> String
    {
        let commit = try await git("commit-tree", "-m", message, tree)
        try await git("update-ref", "refs/heads/\(branch)", commit)
        return commit
    }

    private static func data(_ text: String) -> String { "data \(text.utf8.count)\n\(text)\n" }
}

extension String {
    fileprivate var hexadecimalBytes: Data {
        var digits = Substring(self)
        var bytes = Data()
        while digits.count >= 2 {
            bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
        return bytes
    }
}
