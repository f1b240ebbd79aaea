import Clibgit2
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A bare mirror that one worker at a time writes to.
///
/// A kill at any moment leaves it usable: packs appear whole, refs are written after them, and what a killed worker
/// left half-done is removed by the next.
struct MirrorWriter: ~Copyable {
    let repository: Handle
    private let path: String
    private let lock: FileLock

    init(path: String) throws(GitError) {
        guard path.hasPrefix("/") else { throw GitError(.invalid, "a mirror's path is absolute, \"\(path)\" isn't") }
        let lock = try FileLock(path: path + ".lock", busy: "another fetch is writing to the mirror \(path)")
        try Self.makeIfMissing(path)
        Self.removeLeftovers(path)
        repository = try Handle.openRepository(path)
        self.path = path
        self.lock = lock
    }

    /// Writes the refs that keep what was fetched: `refs/fedops/head`, and one by object for everything that the head
    /// may not lead to. They are named after what they hold, so no moved tag overwrites one, and no odd name of a tag
    /// gets near the file system.
    func keep(head: String, tags: [String]) throws(GitError) {
        let operation = GitOperation(.mirror, "keeping what was fetched in \(path)")
        var new = try git_oid(hex: head)
        var old = git_oid()
        if git_reference_name_to_id(&old, repository.pointer, Self.head) == 0, old.hex != head,
            git_graph_descendant_of(repository.pointer, &new, &old) != 1
        {
            try point(Self.kept + old.hex, at: &old, operation)
        }
        for tag in tags {
            var target = try git_oid(hex: tag)
            try point(Self.kept + tag, at: &target, operation)
        }
        try point(Self.head, at: &new, operation)
    }

    private static let head = "refs/fedops/head"
    private static let kept = "refs/fedops/kept/"

    private func point(_ ref: String, at target: inout git_oid, _ operation: GitOperation) throws(GitError) {
        _ = try Handle(operation, release: git_reference_free) {
            git_reference_create(&$0, repository.pointer, ref, &target, 1, nil)
        }
    }

    /// Makes the repository beside its place and moves it there whole.
    private static func makeIfMissing(_ path: String) throws(GitError) {
        let files = FileManager.default
        guard !files.fileExists(atPath: path + "/HEAD") else { return }
        let partial = path + ".partial"
        try? files.removeItem(atPath: partial)
        let operation = GitOperation(.mirror, "making the mirror \(path)")
        var options = git_repository_init_options()
        try operation.check(git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION)))
        options.flags =
            GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
            | GIT_REPOSITORY_INIT_NO_REINIT.rawValue
        options.mode = 0o700
        _ = try Handle(operation, release: git_repository_free) { git_repository_init_ext(&$0, partial, &options) }
        // An empty folder in its place is replaced; anything else there is not ours to remove.
        guard rename(partial, path) == 0 else {
            throw GitError(.transient, "the mirror \(path) can't be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Removes what only a killed worker leaves: we hold the lock, so nobody is writing any of it.
    private static func removeLeftovers(_ path: String) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: path + "/objects/pack")) ?? []
        where !["pack", "idx"].contains(URL(filePath: name).pathExtension) {
            try? files.removeItem(atPath: "\(path)/objects/pack/\(name)")
        }
        for folder in ["", "/refs/fedops", "/refs/fedops/kept"] {
            for name in (try? files.contentsOfDirectory(atPath: path + folder)) ?? [] where name.hasSuffix(".lock") {
                try? files.removeItem(atPath: "\(path)\(folder)/\(name)")
            }
        }
    }
}

extension Handle {
    /// Opens the bare repository at exactly this path; none above it, none linked from it.
    static func openRepository(_ path: String) throws(GitError) -> Handle {
        let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_NO_DOTGIT.rawValue
        return try Handle(GitOperation(.mirror, "opening the mirror \(path)"), release: git_repository_free) {
            git_repository_open_ext(&$0, path, flags, nil)
        }
    }
}
