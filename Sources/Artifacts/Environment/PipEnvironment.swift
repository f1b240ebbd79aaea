import Foundation

/// The variables that pip runs with: nothing of the user who started this process, but for the way to the index.
enum PipEnvironment {
    /// On the controller: index, proxies and certificates as `own` has them.
    static func online(_ own: [String: String], home: URL, python: URL) -> [String: String] {
        let passed = [
            "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE",
            "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
        ]
        let pip = [
            "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT",
            "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_CONFIG_FILE", "PIP_CONSTRAINT",
        ]
        return base(home: home, python: python).merging(own.filter { (passed + pip).contains($0.key) }) { $1 }
            // Wheels that are built here shall be the same bytes wherever and whenever that is.
            .merging(["SOURCE_DATE_EPOCH": "315532800", "PYTHONHASHSEED": "0"]) { $1 }
    }

    /// On a node: no index, no configuration.
    static func offline(home: URL, python: URL) -> [String: String] {
        base(home: home, python: python).merging(["PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1"]) { $1 }
    }

    private static func base(home: URL, python: URL) -> [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return [
            "PATH": python.deletingLastPathComponent().path + ":" + path,
            "HOME": home.path,
            "TMPDIR": home.path,
            "LANG": "C.UTF-8",
            "PIP_NO_CACHE_DIR": "1",
            "PYTHONNOUSERSITE": "1",
        ]
    }
}
