/// A SHA-256 of some content, written `sha256:` and 64 lower-case hexadecimal digits, as OCI writes digests.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    /// The 64 hexadecimal digits.
    package let hex: String

    /// Takes the text with or without its `sha256:` prefix; `nil` when it isn't a whole SHA-256.
    package init?(_ text: String) {
        let hex = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        guard hex.utf8.count == 64, hex.isLowercaseHexadecimal else { return nil }
        self.hex = hex
    }

    package var description: String { "sha256:" + hex }

    /// The first twelve digits, for tables.
    package var short: String { String(hex.prefix(12)) }
}

extension ContentDigest: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let digest = ContentDigest(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "\"\(text.prefix(80))\" is not a digest: sha256: and 64 hexadecimal digits"
                )
            )
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
