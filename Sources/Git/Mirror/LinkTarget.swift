/// The rule for symbolic links: they lead to a place beneath the commit's root.
enum LinkTarget {
    /// What is wrong with the target of a link at `path`, as the end of a sentence that begins with "it is a link";
    /// `nil` when nothing is.
    ///
    /// `..` may only stand at the target's beginning, where it climbs through real folders. After another part, that
    /// part could be a link itself, and `..` would climb from wherever it leads.
    static func problem(_ target: [UInt8], at path: String) -> String? {
        guard let text = String(validating: target, as: UTF8.self), !text.isEmpty,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return "whose target is not a path" }
        if text.hasPrefix("/") || text.contains("\\") { return "to an absolute path: \(text.prefix(100))" }
        var depth = path.utf8.count { $0 == UInt8(ascii: "/") }
        var descended = false
        for part in text.split(separator: "/") where part != "." {
            if part == ".." {
                if descended { return "that climbs after it has descended: \(text.prefix(100))" }
                depth -= 1
                if depth < 0 { return "out of the repository: \(text.prefix(100))" }
            } else {
                descended = true
            }
        }
        return nil
    }
}
