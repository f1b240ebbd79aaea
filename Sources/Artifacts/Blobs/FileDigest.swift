package import Core
import Crypto
package import Foundation

/// What a whole file holds, by SHA-256 and size.
package struct FileDigest: Sendable, Equatable {
    package var digest: ContentDigest
    package var bytes: Int

    /// Reads the file piece by piece.
    package init(of url: URL) throws {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        var hash = SHA256()
        var size = 0
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
            size += piece.count
        }
        digest = ContentDigest(hash.finalize())
        bytes = size
    }

    package init(digest: ContentDigest, bytes: Int) {
        self.digest = digest
        self.bytes = bytes
    }
}
