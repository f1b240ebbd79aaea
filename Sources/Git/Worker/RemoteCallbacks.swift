import Clibgit2

/// libgit2's questions during a connection, answered; a refusal is kept, since only a code goes through libgit2.
final class RemoteCallbacks {
    let credentials: Credentials
    private let identity: ServerIdentity
    private let receivedBytes: Int
    private(set) var failure: GitError?

    init(credentials: Credentials, identity: ServerIdentity, receivedBytes: Int) {
        self.credentials = credentials
        self.identity = identity
        self.receivedBytes = receivedBytes
    }

    /// Points `callbacks` at this object, which must outlive the connection.
    func install(in callbacks: inout git_remote_callbacks) throws(GitError) {
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.credentials = { out, _, _, allowed, payload in
            RemoteCallbacks.of(payload) { (session) throws(GitError) in try session.credentials.offer(out, allowed) }
        }
        callbacks.certificate_check = { certificate, valid, _, payload in
            RemoteCallbacks.of(payload) { (session) throws(GitError) in
                try session.identity.check(certificate, valid: valid != 0)
            }
        }
        callbacks.transfer_progress = { progress, payload in
            RemoteCallbacks.of(payload) { (session) throws(GitError) in
                guard let received = progress?.pointee.received_bytes, received > session.receivedBytes else { return }
                throw GitError(
                    .refused,
                    "the fetch from \(session.identity.host) has more than \(session.receivedBytes) bytes, which is the "
                        + "limit for one: keep data sets and models out of the repository"
                )
            }
        }
    }

    private static func of(
        _ payload: UnsafeMutableRawPointer?,
        _ body: (RemoteCallbacks) throws(GitError) -> Void
    ) -> Int32 {
        guard let payload else { return GIT_EUSER.rawValue }
        let session = Unmanaged<RemoteCallbacks>.fromOpaque(payload).takeUnretainedValue()
        do throws(GitError) {
            try body(session)
            return 0
        } catch {
            session.failure = session.failure ?? error
            return GIT_EUSER.rawValue
        }
    }
}
