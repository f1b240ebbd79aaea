import Clibgit2
import Foundation

/// One connection of the worker's to its remote.
///
/// Redirects are off as far as libgit2 can: to another host none is followed, to another path or port of the same host
/// one is.
final class RemoteSession {
    private let request: WorkerRequest
    private let url: RemoteURL
    private let operation: GitOperation
    private let callbacks: RemoteCallbacks

    init(_ request: WorkerRequest) throws(GitError) {
        self.request = request
        url = try RemoteURL(request.remote.url, allowFile: request.remote.allowFile)
        let what = request.operation == .list ? "listing the refs of" : "fetching"
        operation = GitOperation(.network, "\(what) \(url.text)")
        callbacks = RemoteCallbacks(
            credentials: try Credentials(request.remote, url),
            identity: ServerIdentity(host: url.host, pinned: request.remote.hostKeys ?? []),
            receivedBytes: request.limits.receivedBytes
        )
    }

    func list() throws(GitError) -> RemoteRefs {
        let branch = try RefName.branch(request.branch)
        let remote = try makeRemote(in: nil)
        try connect(remote)
        return try heads(of: remote).refs(branch: request.branch, branch)
    }

    func fetch() throws(GitError) -> RemoteRefs {
        let branch = try RefName.branch(request.branch)
        var wanted = [branch]
        for tag in request.tags { wanted.append(try RefName.tag(tag)) }
        let mirror = try MirrorWriter(path: request.mirror ?? "")
        let remote = try makeRemote(in: mirror.repository.pointer)
        try connect(remote)
        let heads = try heads(of: remote)
        guard let head = heads.targets[branch] else {
            throw GitError(
                .notFound,
                "\(url.text) has no branch \(request.branch): push it, or name another branch in the source"
            )
        }
        let present = wanted.filter { heads.targets[$0] != nil }
        if url.scheme == .file {
            try copy(present.compactMap { heads.targets[$0] }, into: mirror)
        } else {
            try download(present, from: remote)
        }
        git_remote_disconnect(remote.pointer)
        try mirror.keep(head: head, tags: present.dropFirst().compactMap { heads.targets[$0] })
        return heads.refs(branch: request.branch, branch)
    }

    private func makeRemote(in repository: OpaquePointer?) throws(GitError) -> Handle {
        var options = git_remote_create_options()
        try operation.check(git_remote_create_options_init(&options, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION)))
        options.repository = repository
        options.flags =
            GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC.rawValue
        return try Handle(operation, release: git_remote_free) { git_remote_create_with_opts(&$0, url.text, &options) }
    }

    private func connect(_ remote: borrowing Handle) throws(GitError) {
        var options = git_remote_connect_options()
        try operation.check(git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION)))
        try callbacks.install(in: &options.callbacks)
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        try check(git_remote_connect_ext(remote.pointer, GIT_DIRECTION_FETCH, &options))
    }

    private func heads(of remote: borrowing Handle) throws(GitError) -> RemoteHeads {
        var list: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try check(git_remote_ls(&list, &count, remote.pointer))
        return RemoteHeads(UnsafeBufferPointer(start: list, count: count))
    }

    private func copy(_ objects: [String], into mirror: borrowing MirrorWriter) throws(GitError) {
        var answers = git_remote_callbacks()
        try operation.check(git_remote_init_callbacks(&answers, UInt32(GIT_REMOTE_CALLBACKS_VERSION)))
        try callbacks.install(in: &answers)
        let fetch = try FolderFetch(from: url, into: mirror.repository.pointer, operation)
        try check(try fetch.fetch(objects, callbacks: answers))
    }

    /// Fetches what these refs lead to and the mirror lacks; writes no ref.
    private func download(_ refs: [String], from remote: borrowing Handle) throws(GitError) {
        var options = git_fetch_options()
        try operation.check(git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)))
        try callbacks.install(in: &options.callbacks)
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        options.prune = GIT_FETCH_NO_PRUNE
        options.update_fetchhead = 0
        var names: [UnsafeMutablePointer<CChar>?] = refs.map { strdup("+\($0):\($0)") }
        defer { for name in names { free(name) } }
        let code = names.withUnsafeMutableBufferPointer { buffer in
            var list = git_strarray(strings: buffer.baseAddress, count: buffer.count)
            return git_remote_download(remote.pointer, &list, &options)
        }
        try check(code)
    }

    /// Throws what a callback of ours refused, else what libgit2 says.
    private func check(_ code: Int32) throws(GitError) {
        guard code < 0 else { return }
        let error = callbacks.failure ?? operation.error(code)
        throw GitError(error.kind, Redaction.without(callbacks.credentials.secrets, in: error.message))
    }
}
