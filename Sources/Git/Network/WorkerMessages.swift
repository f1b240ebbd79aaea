/// What the parent writes to the standard input of `fedops git-worker`. It names files of secrets, and holds none.
package struct WorkerRequest: Codable, Sendable {
    package enum Operation: String, Codable, Sendable { case list, fetch }

    package var operation: Operation
    package var remote: GitRemoteSpec
    package var branch: String
    /// Tags to fetch with the branch; those that the remote hasn't got are left out.
    package var tags: [String] = []
    /// Path of the bare mirror to fetch into.
    package var mirror: String?
    /// Our own empty folder, in place of the user's home and all of Git's configuration.
    package var home: String
    /// Seconds after which the worker ends itself, should its parent no longer be there to end it.
    package var lifetime: Int
    package var limits: NetworkLimits

    package init(
        operation: Operation,
        remote: GitRemoteSpec,
        branch: String,
        home: String,
        lifetime: Int,
        limits: NetworkLimits
    ) {
        self.operation = operation
        self.remote = remote
        self.branch = branch
        self.home = home
        self.lifetime = lifetime
        self.limits = limits
    }
}

/// What a remote may cost us.
package struct NetworkLimits: Codable, Sendable, Equatable {
    /// Bytes of one fetch.
    package var receivedBytes = 2 << 30
    /// Objects of one fetch.
    package var objects = 2_000_000
    /// Bytes of memory that the worker may take, which bounds what a delta may unpack to.
    package var memory = 1 << 30

    package init() {}
}

/// What the worker writes to its standard output.
package enum WorkerAnswer: Codable, Sendable {
    case refs(RemoteRefs)
    case failure(GitError)
}
