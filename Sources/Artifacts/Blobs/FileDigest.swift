package import Core
import Crypto
package import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a whole file holds, by SHA-256 and size.
package struct FileDigest: Sendable, Equatable {
    package var digest: ContentDigest
    package var bytes: Int

    private static let piece = 1 << 20

    /// Reads the file piece by piece.
    ///
    /// - Throws: `POSIXError`.
    package init(of url: URL) throws {
        // A FileHandle reads regular files in pieces of 4 KiB, whatever it is asked for.
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 64)
        defer { buffer.deallocate() }
        var hash = SHA256()
        var size = 0
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            guard count > 0 else { break }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            size += count
        }
        digest = ContentDigest(hash.finalize())
        bytes = size
    }

    package init(digest: ContentDigest, bytes: Int) {
        self.digest = digest
        self.bytes = bytes
    }
}
