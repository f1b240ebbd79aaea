import Clibgit2
package import Foundation

/// Reads commits, trees and files from a bare mirror, in this process; nothing is ever checked out.
///
/// Make one for a job and let it go: it holds packs open. It may be used from several threads, one at a time inside.
package struct GitMirror: Sendable {
    package let path: URL
    private let repository: MirrorRepository

    package init(path: URL) throws(GitError) {
        self.path = path
        repository = try MirrorRepository(path.path)
    }

    /// Whether the mirror has this commit.
    package func contains(_ commit: String) -> Bool {
        (try? repository.header(of: commit))?.kind == .commit
    }

    /// Whether `head` is `commit` or has it among its ancestors. A tag of something other than a commit isn't
    /// reachable from anything.
    package func isReachable(_ commit: String, from head: String) throws(GitError) -> Bool {
        try reachable(among: [commit], from: head).contains(commit)
    }

    /// Those of `commits` that `head` is or has among its ancestors; one walk for all of them.
    package func reachable(among commits: Set<String>, from head: String) throws(GitError) -> Set<String> {
        let operation = GitOperation(.mirror, "walking the history of \(head) in \(path.path)")
        return try repository.withRepository { (repository) throws(GitError) in
            let walk = try Handle(operation, release: git_revwalk_free) { git_revwalk_new(&$0, repository) }
            var start = try git_oid(hex: head)
            try operation.check(git_revwalk_push(walk.pointer, &start))
            var found: Set<String> = []
            var id = git_oid()
            while found.count < commits.count {
                let code = git_revwalk_next(&id, walk.pointer)
                if code == GIT_ITEROVER.rawValue { break }
                try operation.check(code)
                let hex = id.hex
                if commits.contains(hex) { found.insert(hex) }
            }
            return found
        }
    }

    /// Who made this commit, when, and why.
    package func commit(_ hash: String) throws(GitError) -> GitCommit {
        let operation = GitOperation(.mirror, "reading commit \(hash) in \(path.path)")
        return try repository.withRepository { (repository) throws(GitError) in
            try GitCommit(hash, in: repository, operation)
        }
    }

    /// Every file of the commit, in the order of Git's trees. Of the files only headers are read; a symbolic link's
    /// target is read, and checked.
    ///
    /// - Throws: `refused`, naming the path and the rule or limit, for anything that a working tree of ours may not
    ///   hold; see `TreeLimits` and `EntryName`.
    package func tree(of commit: String, limits: TreeLimits = TreeLimits()) throws(GitError) -> [TreeEntry] {
        let root = try self.commit(commit).tree
        var walk = TreeWalk(repository, limits: limits, commit: commit)
        return try walk.entries(root: root)
    }

    /// Gives `body` a file's whole content, valid during the call only. It is held in memory: libgit2 can stream loose
    /// objects, but a fetch only ever makes packs.
    ///
    /// - Throws: `refused` when the header says more than `limit` bytes, before any content is loaded.
    package func readBlob<Result>(
        _ oid: String,
        limit: Int = TreeLimits().fileBytes,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try repository.read(oid, .file, limit: limit).withBytes(body)
    }

    /// A file's content by its path in a commit; `nil` when there is none.
    package func blob(at path: String, in commit: String, limit: Int) throws(GitError) -> Data? {
        let operation = GitOperation(.mirror, "looking for \(path) in \(commit)")
        var tree = try self.commit(commit).tree
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for (index, part) in parts.enumerated() {
            let listing = try repository.read(tree, .folder, limit: TreeLimits().listingBytes)
            let entries = try RawTree(listing, operation).entries
            guard let entry = entries.first(where: { $0.name.elementsEqual(part.utf8) }) else { return nil }
            let isLast = index == parts.count - 1
            switch entry.kind {
            case .folder where !isLast: tree = entry.oid
            case .file where isLast, .executable where isLast:
                return try repository.read(entry.oid, .file, limit: limit).data
            case .symlink:
                throw GitError(.refused, "\(path) in commit \(commit) is or lies beneath a symbolic link")
            default: return nil
            }
        }
        return nil
    }
}
