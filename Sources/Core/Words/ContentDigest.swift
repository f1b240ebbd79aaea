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

    /// The digest of these 32 bytes; of any other number, that of nothing that exists.
    package init(bytes: some Sequence<UInt8>) {
        hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
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
