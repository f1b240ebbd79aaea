import Clibgit2
import Foundation

/// Decides whether the server is the one that was meant: SSH by pinned host keys, HTTPS by its certificate's authority.
struct ServerIdentity {
    let host: String
    /// As `ssh-keygen -l` prints them.
    let pinned: [String]

    func check(_ certificate: UnsafeMutablePointer<git_cert>?, valid: Bool) throws(GitError) {
        switch certificate?.pointee.cert_type {
        case GIT_CERT_X509:
            guard valid else {
                throw GitError(
                    .refused,
                    "the certificate of \(host) is not valid for it, has expired, or comes from an authority that is "
                        + "not trusted here (an IP address can't be checked, use a name): mend it, or name its authority's PEM file as the source's CA file"
                )
            }
        case GIT_CERT_HOSTKEY_LIBSSH2:
            try certificate?.withMemoryRebound(to: git_cert_hostkey.self, capacity: 1) { (key) throws(GitError) in
                try check(hostKey: key.pointee)
            }
        default:
            throw GitError(.refused, "\(host) shows no certificate and no host key that could be checked")
        }
    }

    private func check(hostKey key: git_cert_hostkey) throws(GitError) {
        guard key.type.rawValue & GIT_CERT_SSH_SHA256.rawValue != 0 else {
            throw GitError(.refused, "the SSH host key of \(host) can't be hashed with SHA-256")
        }
        let hash = withUnsafeBytes(of: key.hash_sha256) { Data($0) }
        let shown = Self.unpadded(hash.base64EncodedString())
        guard !pinned.contains(where: { Self.digest(of: $0) == shown }) else { return }
        let fingerprint = "SHA256:\(shown) (\(Self.name(of: key.raw_type)))"
        throw GitError(
            .refused,
            pinned.isEmpty
                ? "the SSH host key of \(host) is unknown: it shows \(fingerprint); compare that with what the server's "
                    + "operator publishes (ssh-keygen -lf on its host key), then add it to the source's host keys"
                : "the SSH host key of \(host) is not one of the \(pinned.count) pinned: it shows \(fingerprint); "
                    + "somebody may be in between. If its operator confirms the key, add it to the source's host keys"
        )
    }

    private static func digest(of pin: String) -> String {
        unpadded(pin.hasPrefix("SHA256:") ? String(pin.dropFirst(7)) : pin)
    }

    private static func unpadded(_ base64: String) -> String {
        String(base64.prefix { $0 != "=" })
    }

    private static func name(of type: git_cert_ssh_raw_type_t) -> String {
        switch type {
        case GIT_CERT_SSH_RAW_TYPE_RSA: "RSA"
        case GIT_CERT_SSH_RAW_TYPE_DSS: "DSA"
        case GIT_CERT_SSH_RAW_TYPE_KEY_ECDSA_256, GIT_CERT_SSH_RAW_TYPE_KEY_ECDSA_384,
            GIT_CERT_SSH_RAW_TYPE_KEY_ECDSA_521:
            "ECDSA"
        case GIT_CERT_SSH_RAW_TYPE_KEY_ED25519: "ED25519"
        default: "unknown type"
        }
    }
}
