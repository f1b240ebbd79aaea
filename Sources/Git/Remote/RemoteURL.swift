import Foundation

/// A remote's URL after it has passed our rules: a scheme that we know, a host, and no password.
struct RemoteURL {
    enum Scheme: String, CaseIterable { case https, http, ssh, file }

    let scheme: Scheme
    /// What libgit2 gets; without user information, which `https` would offer with an empty password first.
    let text: String
    /// For messages.
    let host: String
    let user: String?

    init(_ url: String, allowFile: Bool) throws(GitError) {
        guard (1...2048).contains(url.utf8.count),
            url.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f })
        else { throw GitError(.invalid, "a remote's URL has 1 to 2048 characters without spaces") }
        guard let marker = url.firstRange(of: "://") else {
            self = try Self(scpLike: url)
            return
        }
        guard let scheme = Scheme(rawValue: String(url[..<marker.lowerBound])) else {
            throw GitError(
                .invalid,
                "\"\(url[..<marker.lowerBound])\" is no scheme for a remote: use https, ssh, http or file"
            )
        }
        let rest = url[marker.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (user, host) = try Self.split(authority: rest[..<slash])
        let path = rest[slash...]
        guard path.count > 1 else { throw GitError(.invalid, "\(url) names no repository after its host") }
        if scheme == .file {
            guard allowFile else {
                throw GitError(.refused, "\(url): file:// remotes are switched off here; use https or ssh")
            }
            guard user == nil, host.isEmpty || host == "localhost" else {
                throw GitError(.invalid, "\(url): a file:// URL has three slashes and an absolute path")
            }
        } else if host.isEmpty || host.hasPrefix("-") || host.hasPrefix(":") {
            throw GitError(.invalid, "\(url) names no host")
        }
        self.scheme = scheme
        self.user = user
        self.host = host
        text = "\(scheme.rawValue)://\(host)\(path)"
    }

    /// `user@host:path`, as Git's own tools and forges write it.
    private init(scpLike url: String) throws(GitError) {
        guard let colon = url.firstIndex(of: ":"), let at = url[..<colon].firstIndex(of: "@"), at > url.startIndex,
            !url[..<colon].contains("/"), url.index(after: colon) < url.endIndex
        else {
            throw GitError(
                .invalid,
                "\(url.prefix(200)) is not a remote's URL: write https://host/path, ssh://user@host/path or "
                    + "user@host:path"
            )
        }
        let (user, host) = try Self.split(authority: url[..<colon])
        guard let user, !host.isEmpty, !host.hasPrefix("-"), host.allSatisfy({ $0.isASCII && $0 != "[" }) else {
            throw GitError(.invalid, "\(url.prefix(200)) names no host")
        }
        scheme = .ssh
        self.user = user
        self.host = host
        text = url
    }

    private static func split(authority: Substring) throws(GitError) -> (user: String?, host: String) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, String(authority)) }
        let user = authority[..<at]
        let host = String(authority[authority.index(after: at)...])
        guard !user.contains(":") else {
            throw GitError(
                .refused,
                "the URL for \(host) has a password in it, which would end up in logs: put it into a file of its own "
                    + "that only fedops may read, name that as the password file, and take it out of the URL"
            )
        }
        return (user.isEmpty ? nil : (String(user).removingPercentEncoding ?? String(user)), host)
    }
}
