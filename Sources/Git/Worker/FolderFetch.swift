import Clibgit2
import Foundation

/// Fetches from a repository on this machine. libgit2's own way copies whatever any of its refs leads to, and every
/// annotated tag's files each time anew; this takes what the mirror lacks of what is wanted.
struct FolderFetch: ~Copyable {
    private let source: Handle
    private let target: OpaquePointer
    private let operation: GitOperation

    /// - Parameters:
    ///   - url: a `file://` URL.
    ///   - target: the mirror's repository, which outlives this.
    init(from url: RemoteURL, into target: OpaquePointer, _ operation: GitOperation) throws(GitError) {
        let path = url.text.dropFirst("file://".count + url.host.count).removingPercentEncoding ?? ""
        source = try Handle(operation, release: git_repository_free) { git_repository_open(&$0, path) }
        self.target = target
        self.operation = operation
    }

    /// Copies what these objects lead to, as one pack.
    func fetch(_ wanted: [String], callbacks: git_remote_callbacks) throws(GitError) -> Int32 {
        let theirs = try store(of: source.pointer)
        let ours = try store(of: target)
        var missing: [git_oid] = []
        for hex in wanted {
            var id = try git_oid(hex: hex)
            if git_odb_exists(ours.pointer, &id) == 0 { missing.append(id) }
        }
        guard !missing.isEmpty else { return 0 }
        let builder = try Handle(operation, release: git_packbuilder_free) {
            git_packbuilder_new(&$0, source.pointer)
        }
        let walk = try Handle(operation, release: git_revwalk_free) { git_revwalk_new(&$0, source.pointer) }
        for id in missing { try add(id, to: builder, walk) }
        try hideWhatWeHave(from: walk, theirs)
        try operation.check(git_packbuilder_insert_walk(builder.pointer, walk.pointer))
        return try write(builder, to: ours, callbacks)
    }

    private func store(of repository: OpaquePointer) throws(GitError) -> Handle {
        try Handle(operation, release: git_odb_free) { git_repository_odb(&$0, repository) }
    }

    /// Follows annotated tags to commits, which go to the walk; anything else goes into the pack as it is.
    private func add(
        _ start: git_oid,
        to builder: borrowing Handle,
        _ walk: borrowing Handle
    ) throws(GitError) {
        var id = start
        while true {
            let object = try Handle(operation, release: git_object_free) {
                git_object_lookup(&$0, source.pointer, &id, GIT_OBJECT_ANY)
            }
            switch git_object_type(object.pointer) {
            case GIT_OBJECT_COMMIT: return try operation.check(git_revwalk_push(walk.pointer, &id))
            case GIT_OBJECT_TAG:
                try operation.check(git_packbuilder_insert(builder.pointer, &id, nil))
                guard let next = git_tag_target_id(object.pointer)?.pointee else { return }
                id = next
            default: return try operation.check(git_packbuilder_insert_recur(builder.pointer, &id, nil))
            }
        }
    }

    /// What our refs lead to needs no copying, as far as the source has it too.
    private func hideWhatWeHave(from walk: borrowing Handle, _ theirs: borrowing Handle) throws(GitError) {
        let references = try Handle(operation, release: git_reference_iterator_free) {
            git_reference_iterator_new(&$0, target)
        }
        while true {
            var next: OpaquePointer?
            let code = git_reference_next(&next, references.pointer)
            if code == GIT_ITEROVER.rawValue { return }
            try operation.check(code)
            defer { git_reference_free(next) }
            guard var id = git_reference_target(next)?.pointee, git_odb_exists(theirs.pointer, &id) == 1 else {
                continue
            }
            // A tag of a file can't be hidden, and doesn't need to be.
            _ = git_revwalk_hide(walk.pointer, &id)
        }
    }

    /// The code of a callback's refusal is handed on as it is.
    private func write(
        _ builder: borrowing Handle,
        to store: borrowing Handle,
        _ callbacks: git_remote_callbacks
    ) throws(GitError) -> Int32 {
        struct Sink {
            let pack: UnsafeMutablePointer<git_odb_writepack>
            var progress = git_indexer_progress()
        }
        var opened: UnsafeMutablePointer<git_odb_writepack>?
        try operation.check(
            git_odb_write_pack(&opened, store.pointer, callbacks.transfer_progress, callbacks.payload)
        )
        guard let opened else { return GIT_ERROR.rawValue }
        defer { opened.pointee.free(opened) }
        var sink = Sink(pack: opened)
        let code = git_packbuilder_foreach(
            builder.pointer,
            { bytes, count, payload in
                guard let sink = payload?.assumingMemoryBound(to: Sink.self) else { return GIT_ERROR.rawValue }
                sink.pointee.progress.received_bytes += count
                return sink.pointee.pack.pointee.append(sink.pointee.pack, bytes, count, &sink.pointee.progress)
            },
            &sink
        )
        return code == 0 ? opened.pointee.commit(opened, &sink.progress) : code
    }
}
