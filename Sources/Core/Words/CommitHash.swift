/// A Git commit's object id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
package struct CommitHash: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// `nil` when the text isn't a whole object id; an abbreviated hash never names a revision.
    package init?(_ text: String) {
        guard text.utf8.count == 40 || text.utf8.count == 64, text.isLowercaseHexadecimal else { return nil }
        self.text = text
    }

    package var description: String { text }

    /// The first seven digits, as Git prints them.
    package var short: String { String(text.prefix(7)) }
}

extension CommitHash: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let hash = CommitHash(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "\"\(text.prefix(80))\" is not a commit hash of 40 or 64 hexadecimal digits"
                )
            )
        }
        self = hash
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension String {
    /// Whether every character is one of `0-9a-f`.
    package var isLowercaseHexadecimal: Bool {
        utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
    }
}
