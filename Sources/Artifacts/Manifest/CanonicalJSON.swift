package import Core
package import Crypto
package import Foundation

/// JSON with one encoding for equal values.
enum CanonicalJSON {
    static func encode(_ value: some Encodable) throws -> (data: Data, digest: ContentDigest) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value)
        return (data, ContentDigest(of: data))
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type,
        from data: Data,
        digest: ContentDigest,
        what: String
    ) throws -> Value {
        let found = ContentDigest(of: data)
        guard found == digest else {
            throw ArtifactError(
                "\(what) has digest \(found), wanted is \(digest): it was changed on its way or on disk"
            )
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw ArtifactError("\(what) (\(digest)) can't be read: \(error)")
        }
    }
}

extension ContentDigest {
    /// The SHA-256 of `data`.
    package init(of data: some DataProtocol) {
        self.init(SHA256.hash(data: data))
    }

    /// A finished hash.
    package init(_ hash: SHA256Digest) {
        self = ContentDigest(bytes: hash)
    }
}
