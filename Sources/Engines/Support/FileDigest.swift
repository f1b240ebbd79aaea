import Artifacts
import Core
import Crypto
import Foundation

/// What a whole file holds, by SHA-256 and size.
struct FileDigest: Sendable, Equatable {
    var digest: ContentDigest
    var bytes: Int

    /// Reads the file piece by piece.
    init(of url: URL) throws {
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

    init(digest: ContentDigest, bytes: Int) {
        self.digest = digest
        self.bytes = bytes
    }
}
