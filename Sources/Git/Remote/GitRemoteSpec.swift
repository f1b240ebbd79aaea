/// A remote and how to prove who we and who it are. Secrets are named by their files, never held.
package struct GitRemoteSpec: Codable, Sendable, Equatable {
    /// `https`, `ssh` (also as `user@host:path`), `http`, or `file` where that is allowed. Holds no password.
    package var url: String
    /// For `https` and `ssh`; without it the URL's user, else `git`.
    package var username: String?
    /// A file with a password or access token.
    package var passwordFile: String?
    /// A file with a private key. RSA keys are of use for old servers only: libssh2 signs with SHA-1 then.
    package var sshKeyFile: String?
    package var sshPassphraseFile: String?
    /// The only SSH host keys to trust, as `ssh-keygen -l` prints them: `SHA256:` and base64.
    package var hostKeys: [String]?
    /// PEM file of certificate authorities to trust for `https`, in place of the system's.
    package var caFile: String?
    /// Whether `file://` may be used: a path of this machine.
    package var allowFile: Bool

    package init(url: String, allowFile: Bool = false) {
        self.url = url
        self.allowFile = allowFile
    }
}

/// What a remote has, by exact names beneath `refs/heads/` and `refs/tags/`.
package struct RemoteRefs: Codable, Sendable, Equatable {
    /// The branch that was asked for with its commit; empty when the remote hasn't got it.
    package var branches: [String: String]
    /// Every tag with the commit that it leads to, through annotated tags. A tag of a file or folder is here with that
    /// object's id, which no branch holds.
    package var tags: [String: String]

    package init(branches: [String: String] = [:], tags: [String: String] = [:]) {
        self.branches = branches
        self.tags = tags
    }
}
