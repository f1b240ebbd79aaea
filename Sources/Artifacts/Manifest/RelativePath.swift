/// Rules for paths that come from elsewhere and are about to be joined to a folder of ours.
package enum RelativePath {
    /// Whether `path` stays beneath the folder that it is joined to: not absolute, no empty, `.` or `..` part, no
    /// control character, no backslash.
    package static func isSafe(_ path: String) -> Bool {
        guard !path.isEmpty, path.utf8.count <= 4096 else { return false }
        guard path.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f && $0 != "\\" }) else {
            return false
        }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
        }
    }

    /// Every folder above `path`, outermost first.
    package static func parents(of path: String) -> [String] {
        let parts = path.split(separator: "/")
        return (1..<max(parts.count, 1)).map { parts[..<$0].joined(separator: "/") }
    }

    /// Whether a symbolic link at `path` with this target stays beneath the root that `path` is relative to.
    ///
    /// `..` may only stand at the target's beginning, where it climbs through real folders. After another part, that
    /// part could be a link itself, and `..` would climb from wherever it leads.
    package static func staysInside(link path: String, target: String) -> Bool {
        guard !target.isEmpty, !target.hasPrefix("/") else { return false }
        var depth = path.split(separator: "/").count - 1
        var descended = false
        for part in target.split(separator: "/") where part != "." {
            if part == ".." {
                depth -= 1
                if descended || depth < 0 { return false }
            } else {
                descended = true
            }
        }
        return true
    }
}
