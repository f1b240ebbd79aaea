/// The part a node plays in tasks.
package enum NodeRole: String, Codable, Sendable, CaseIterable {
    case server, client
}

/// Rules for the names of tasks and nodes, which appear in URLs, paths and labels.
package enum Names {
    package static let rule =
        "1 to 63 characters: lower-case letters, digits, '-' or '.', first and last a letter or digit"

    /// Whether `name` may name a task or a node.
    package static func isValid(_ name: String) -> Bool {
        guard (1...63).contains(name.utf8.count), !name.contains("..") else { return false }
        let alphanumeric: (UInt8) -> Bool = { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = name.utf8.first, let last = name.utf8.last, alphanumeric(first), alphanumeric(last) else {
            return false
        }
        return name.utf8.allSatisfy { alphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}
