import Artifacts
import Core
import Foundation

/// Holds what a person wrote about a source against what the controller can work with. All mistakes come at once.
enum SourceValidation {
    static func mistakes(name: String, _ spec: SourceSpec, allowFile: Bool) -> [String] {
        var mistakes: [String] = []
        if !Names.isValid(name) { mistakes.append("name: found \"\(name.prefix(80))\", allowed is \(Names.rule)") }
        if let mistake = url(spec.url, allowFile: allowFile) { mistakes.append("source.url: \(mistake)") }
        if !isBranch(spec.branch) {
            mistakes.append("source.branch: \"\(spec.branch.prefix(80))\" is not the name of a branch, such as main")
        }
        do { _ = try TagRule(spec.tags) } catch { mistakes.append("source.tags: \(error)") }
        if !RelativePath.isSafe(spec.flow) {
            mistakes.append(
                "source.flow: \"\(spec.flow.prefix(80))\" is not a path inside the repository, such as fedops.yaml"
            )
        }
        if !(1...86_400).contains(spec.interval) {
            mistakes.append("source.interval: found \(spec.interval), allowed is 1 to 86400 seconds")
        }
        if let credentials = spec.credentials { mistakes += self.credentials(credentials, url: spec.url) }
        return mistakes
    }

    private static func url(_ text: String, allowFile: Bool) -> String? {
        let shown = "\"\(redacted(text).prefix(200))\""
        guard !text.isEmpty, text.utf8.count <= 2000, !text.unicodeScalars.contains(where: isUnfit) else {
            return "\(shown) is not a URL: it is empty, too long, or has spaces or control characters in it"
        }
        if text.hasPrefix("/") || text.hasPrefix("file://") {
            guard allowFile else {
                return "\(shown) is a folder of the controller's machine: start the controller with "
                    + "--allow-file-remotes, or give a https, ssh or http URL"
            }
            return text.hasPrefix("file:///") || text.hasPrefix("/") ? nil : "\(shown) should be file:///absolute/path"
        }
        // `user@host:path`, as Git writes SSH remotes in short.
        if !text.contains("://") {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0].contains("@"), !text.hasPrefix("-"),
                isHost(parts[0].split(separator: "@").last), !parts[1].isEmpty
            {
                return nil
            }
            return "\(shown) has no scheme: https, ssh, http or file is allowed"
        }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased() else { return "\(shown) is not a URL" }
        guard ["https", "http", "ssh"].contains(scheme) else {
            return "\(shown) has the scheme \(scheme): https, ssh, http or file is allowed"
        }
        guard isHost(url.host().map { $0[...] }) else { return "\(shown) names no host" }
        if url.password() != nil || (scheme != "ssh" && url.user() != nil) {
            return
                "\(shown) holds credentials, which would end up in logs: write the secret into a file on the controller's "
                + "machine, and give --password-file and --username (in JSON: credentials.passwordFile, .username)"
        }
        return nil
    }

    /// A host must not look like an option to whatever is started with it.
    private static func isHost(_ host: Substring?) -> Bool {
        guard let host, let first = host.first else { return false }
        return first != "-"
    }

    private static func isUnfit(_ scalar: UnicodeScalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }

    /// Without what stands before the `@`, which may be a secret.
    static func redacted(_ url: String) -> String {
        guard let scheme = url.range(of: "://"), let at = url[scheme.upperBound...].lastIndex(of: "@") else {
            return url
        }
        return url[..<scheme.upperBound] + "…" + url[at...]
    }

    /// What `git check-ref-format --branch` lets through, without its rarer corners.
    private static func isBranch(_ name: String) -> Bool {
        guard (1...200).contains(name.utf8.count), !name.hasPrefix("-"), !name.hasPrefix("/"), name != "@" else {
            return false
        }
        guard !name.hasSuffix("/"), !name.hasSuffix("."), !name.contains(".."), !name.contains("@{") else {
            return false
        }
        let forbidden = " ~^:?*[\\\u{7f}"
        return name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !forbidden.unicodeScalars.contains($0) }
            && name.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
    }

    private static func credentials(_ files: CredentialFiles, url: String) -> [String] {
        let paths = [
            ("passwordFile", files.passwordFile), ("sshKeyFile", files.sshKeyFile),
            ("sshPassphraseFile", files.sshPassphraseFile), ("caFile", files.caFile),
        ]
        var mistakes: [String] = []
        for (key, path) in paths {
            guard let path else { continue }
            if !path.hasPrefix("/") {
                mistakes.append("source.credentials.\(key): \"\(path.prefix(200))\" is not an absolute path")
            } else if !FileManager.default.isReadableFile(atPath: path) {
                mistakes.append(
                    "source.credentials.\(key): \(path.prefix(200)) isn't a file that the controller can read"
                )
            }
        }
        for key in files.hostKeys ?? [] where !key.hasPrefix("SHA256:") || key.utf8.count < 40 {
            mistakes.append(
                "source.credentials.hostKeys: \"\(key.prefix(80))\" is not SHA256:… as ssh-keygen -l prints it"
            )
        }
        return mistakes
    }
}
