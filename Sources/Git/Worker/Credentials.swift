import Clibgit2
import Foundation

/// Gives libgit2 what the remote asks for, each method once, from files that are read when they are needed.
final class Credentials {
    private let spec: GitRemoteSpec
    private let host: String
    let username: String
    private var offered: Set<String> = []
    /// What was read, so that it can be taken out of messages.
    private(set) var secrets: [String] = []

    init(_ spec: GitRemoteSpec, _ url: RemoteURL) throws(GitError) {
        if let user = url.user, let other = spec.username, user != other {
            throw GitError(.invalid, "the URL for \(url.host) names the user \(user), the source \(other): name one")
        }
        self.spec = spec
        host = url.host
        username = spec.username ?? url.user ?? "git"
    }

    /// Stores a credential of one of the `allowed` types into `out`.
    func offer(_ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, _ allowed: UInt32) throws(GitError)
    {
        let operation = GitOperation(.network, "preparing credentials for \(host)")
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 {
            return try operation.check(git_credential_username_new(out, username))
        }
        if allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0, let key = spec.sshKeyFile, offered.insert("key").inserted {
            guard FileManager.default.isReadableFile(atPath: key) else {
                throw GitError(.auth, "the SSH key file \(key) for \(host) can't be read: check its path and rights")
            }
            let passphrase = try spec.sshPassphraseFile.map { (path) throws(GitError) in try read(path, "passphrase") }
            return try operation.check(git_credential_ssh_key_new(out, username, nil, key, passphrase))
        }
        if allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0, let file = spec.passwordFile,
            offered.insert("password").inserted
        {
            let password = try read(file, "password")
            return try operation.check(git_credential_userpass_plaintext_new(out, username, password))
        }
        throw refusal(allowed)
    }

    private func refusal(_ allowed: UInt32) -> GitError {
        guard offered.isEmpty else {
            let what = offered.sorted().map { $0 == "key" ? "SSH key" : $0 }.joined(separator: " and ")
            let advice =
                offered.contains("key")
                ? "check that the key is allowed there, is Ed25519 or ECDSA, and that its passphrase file is right"
                : "check the username and the password file"
            return GitError(.auth, "\(host) doesn't accept the \(what) of user \(username): \(advice)")
        }
        let ssh = allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0
        return GitError(
            .auth,
            "\(host) asks for credentials and the source has none that fit: "
                + (ssh ? "give it an SSH key file" : "give it a username and a password file")
        )
    }

    /// A secret from its file, without the line's end that editors add.
    private func read(_ path: String, _ what: String) throws(GitError) -> String {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else {
            throw GitError(.auth, "the \(what) file \(path) for \(host) can't be read: check its path and rights")
        }
        let secret = text.trimmingCharacters(in: .newlines)
        guard !secret.isEmpty, secret.utf8.count <= 64 << 10, !secret.utf8.contains(0) else {
            throw GitError(.auth, "the \(what) file \(path) for \(host) is empty or not a text of one line")
        }
        secrets.append(secret)
        return secret
    }
}
