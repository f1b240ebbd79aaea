import Clibgit2

/// Sorts libgit2's failures with a remote. Most come as one code and only their text tells them apart; an unknown text
/// is taken for transient, since another attempt harms nobody.
enum NetworkFailure {
    static func classify(_ code: Int32, _ domain: git_error_t, _ text: String) -> (GitError.Kind, String?) {
        switch (git_error_code(rawValue: code), domain) {
        case (GIT_EAUTH, _): return (.auth, "check the source's username, password file or SSH key file")
        case (GIT_ECERTIFICATE, _): return (.refused, "name its authority's certificate as the source's CA file")
        case (GIT_EINVALIDSPEC, _): return (.invalid, nil)
        case (_, GIT_ERROR_NOMEMORY):
            return (.refused, "the remote's objects need more memory than a fetch may take")
        default: break
        }
        if let status = text.firstRange(of: "http status code: ").flatMap({ Int(text[$0.upperBound...].prefix(3)) }) {
            return classify(status: status)
        }
        let lowercased = text.lowercased()
        for (texts, kind, advice) in known where texts.contains(where: lowercased.contains) { return (kind, advice) }
        return (.transient, nil)
    }

    private static func classify(status: Int) -> (GitError.Kind, String?) {
        switch status {
        case 401, 403, 407: (.auth, "the server forbids it: check the source's username and password file")
        case 404, 410: (.notFound, "check the URL, and whether its repository needs credentials")
        case 408, 425, 429, 500...: (.transient, nil)
        default: (.invalid, "check the URL")
        }
    }

    private static let known: [([String], GitError.Kind, String?)] = [
        (
            ["cannot redirect", "unexpected redirect", "redirect without location"], .refused,
            "redirects are not followed; use the URL that it leads to"
        ),
        (["too many redirects or authentication"], .auth, "check the source's credentials"),
        (
            ["failed to authenticate ssh session", "failed to retrieve list of ssh authentication"], .auth,
            "check the username, the SSH key file (Ed25519 or ECDSA) and its passphrase file"
        ),
        (
            [
                "does not appear to be a git repository", "repository not found", "could not find repository",
                "not found:",
            ],
            .notFound, "check the URL, and whether the key may read the repository"
        ),
        (["failed to resolve path", "no such file or directory"], .notFound, "check the path"),
        (["invalid content-type", "no content-type"], .invalid, "no Git repository answers there; check the URL"),
        (["too many objects"], .refused, "the fetch has more objects than is allowed"),
        (["packfile trailer mismatch", "packfile is missing", "hash mismatch", "inflate"], .corrupt, nil),
    ]
}
