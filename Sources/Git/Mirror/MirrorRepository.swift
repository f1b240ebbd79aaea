import Clibgit2
import Foundation
import Synchronization

/// The opened repository of a mirror, for one thread at a time.
final class MirrorRepository: Sendable {
    enum Kind: String {
        case commit
        case folder = "tree"
        case file = "blob"
        case tag
    }

    private let handle: Mutex<Opened>
    private let path: String

    init(_ path: String) throws(GitError) {
        try GitLibrary.forReading.get()
        self.path = path
        handle = Mutex(Opened(repository: try Handle.openRepository(path)))
    }

    func withRepository<Result: ~Copyable>(
        _ body: (OpaquePointer) throws(GitError) -> sending Result
    ) throws(GitError) -> sending Result {
        try handle.withLock { (opened) throws(GitError) in try body(opened.repository.pointer) }
    }

    /// What an object is and how many bytes it has, without loading it.
    func header(of oid: String) throws(GitError) -> (kind: Kind, size: Int) {
        let operation = GitOperation(.mirror, "reading the header of object \(oid) in \(path)")
        return try withRepository { (repository) throws(GitError) in
            let store = try Self.store(of: repository, operation)
            var id = try git_oid(hex: oid)
            var size = 0
            var type = GIT_OBJECT_INVALID
            try operation.check(git_odb_read_header(&size, &type, store.pointer, &id))
            let kind: Kind? =
                switch type {
                case GIT_OBJECT_COMMIT: .commit
                case GIT_OBJECT_TREE: .folder
                case GIT_OBJECT_BLOB: .file
                case GIT_OBJECT_TAG: .tag
                default: nil
                }
            guard let kind, size >= 0 else { throw GitError(.corrupt, "\(operation.what): it is of no known type") }
            return (kind, size)
        }
    }

    /// Loads an object of this kind, if its header says that it has at most `limit` bytes.
    func read(_ oid: String, _ kind: Kind, limit: Int) throws(GitError) -> StoredObject {
        let header = try header(of: oid)
        guard header.kind == kind else {
            throw GitError(.corrupt, "object \(oid) in \(path) is a \(header.kind.rawValue), not a \(kind.rawValue)")
        }
        guard header.size <= limit else {
            throw GitError(.refused, "object \(oid) has \(header.size) bytes; at most \(limit) are allowed for it")
        }
        let operation = GitOperation(.mirror, "reading object \(oid) in \(path)")
        return try withRepository { (repository) throws(GitError) in
            let store = try Self.store(of: repository, operation)
            var id = try git_oid(hex: oid)
            return StoredObject(
                handle: try Handle(operation, release: git_odb_object_free) { git_odb_read(&$0, store.pointer, &id) }
            )
        }
    }

    private static func store(of repository: OpaquePointer, _ operation: GitOperation) throws(GitError) -> Handle {
        try Handle(operation, release: git_odb_free) { git_repository_odb(&$0, repository) }
    }

    private struct Opened: ~Copyable {
        let repository: Handle
    }
}

/// A loaded object; its bytes live as long as it does.
struct StoredObject: ~Copyable, Sendable {
    fileprivate let handle: Handle

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(
            UnsafeRawBufferPointer(
                start: git_odb_object_data(handle.pointer),
                count: git_odb_object_size(handle.pointer)
            )
        )
    }

    var data: Data { withBytes { Data($0) } }
}
