import Clibgit2

/// What is being done with libgit2, which turns its result codes into errors for people.
struct GitOperation {
    enum Place {
        /// Talking to a remote.
        case network
        /// Reading or writing our own mirror.
        case mirror
    }

    let place: Place
    /// What is done and where, such as `fetching https://host/repository`.
    let what: String

    init(_ place: Place, _ what: String) {
        self.place = place
        self.what = what
    }

    /// Throws when `code` says that a call failed. To be used right after the call, on the same thread: the error's
    /// text is kept by thread and the next call replaces it.
    func check(_ code: Int32) throws(GitError) {
        if code < 0 { throw error(code) }
    }

    /// The error that libgit2 has just reported on this thread.
    func error(_ code: Int32) -> GitError {
        let last = git_error_last()?.pointee
        let text = last?.message.map { Redaction.printable(String(cString: $0)) } ?? "libgit2 gave code \(code)"
        let domain = last.map { git_error_t(rawValue: UInt32(bitPattern: $0.klass)) } ?? GIT_ERROR_NONE
        // With no configuration to look an exception up in, libgit2 1.5 reports the missing entry, not the owner.
        if git_error_code(rawValue: code) == GIT_EOWNER || text.contains("safe.directory") {
            return GitError(
                .refused,
                "\(what): its folder belongs to another user; give it to the one that runs fedops"
            )
        }
        let (kind, advice) =
            switch place {
            case .network: NetworkFailure.classify(code, domain, text)
            case .mirror: Self.classifyMirror(code, domain)
            }
        return GitError(kind, "\(what): \(text)" + (advice.map { "; \($0)" } ?? ""))
    }

    private static func classifyMirror(_ code: Int32, _ domain: git_error_t) -> (GitError.Kind, String?) {
        switch (git_error_code(rawValue: code), domain) {
        case (GIT_ENOTFOUND, _): (.notFound, nil)
        case (GIT_EINVALIDSPEC, _): (.invalid, nil)
        case (GIT_ELOCKED, _), (_, GIT_ERROR_OS), (_, GIT_ERROR_NOMEMORY), (_, GIT_ERROR_FILESYSTEM): (.transient, nil)
        default: (.corrupt, "remove the mirror's folder, it is fetched anew at the next poll")
        }
    }
}
