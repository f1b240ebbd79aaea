package import Core
import Crypto
package import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes one blob, piece by piece; it appears in the store when `finish` has checked and renamed it.
package struct BlobWriter: ~Copyable {
    private let store: BlobStore
    private let expected: ContentDigest?
    private let partial: URL
    /// Whether the partial file is worth keeping for the next attempt.
    private let resumable: Bool
    private let handle: FileHandle
    private var hash: SHA256
    /// Bytes written, those of an earlier attempt included.
    package private(set) var size: Int
    private var finished = false

    /// - Parameter expected: The digest that the content must have. What an earlier attempt at it left is kept, and
    ///   `size` says from which byte to go on. Without it, or while another writer is at the same blob, the writer
    ///   starts a new file of its own.
    package init(_ store: BlobStore, resuming expected: ContentDigest?) throws {
        let folder = store.root.appending(path: "partial")
        let shared = expected.map { folder.appending(path: $0.hex) }
        let opened = try shared.flatMap { try BlobWriter.lock($0) }
        let place = opened == nil ? folder.appending(path: UUID().uuidString) : (shared ?? folder)
        let descriptor = opened ?? open(place.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw BlobWriter.failure(place) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var hash = SHA256()
        var size = 0
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
            size += piece.count
        }
        self.store = store
        self.expected = expected
        self.partial = place
        self.resumable = opened != nil
        self.handle = file
        self.hash = hash
        self.size = size
    }

    /// Opens the file for this writer alone; `nil` while another one has it.
    private static func lock(_ place: URL) throws -> Int32? {
        while true {
            let descriptor = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw failure(place) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                return nil
            }
            // Who had the lock before may have finished, and what is open here is a blob of the store by now.
            var (mine, current) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(place.path, &current) == 0, mine.st_ino == current.st_ino {
                return descriptor
            }
            close(descriptor)
        }
    }

    private static func failure(_ place: URL) -> ArtifactError {
        ArtifactError("\(place.path) can't be made: \(String(cString: strerror(errno)))")
    }

    package mutating func append(_ data: some DataProtocol) throws {
        try handle.write(contentsOf: data)
        hash.update(data: data)
        size += data.count
    }

    /// Throws away what was written, for a source that turned out to be wrong.
    package mutating func restart() throws {
        try handle.truncate(atOffset: 0)
        try handle.seek(toOffset: 0)
        hash = SHA256()
        size = 0
    }

    /// Makes the blob durable under its digest.
    package mutating func finish() throws -> ContentDigest {
        let digest = ContentDigest(hash.finalize())
        if let expected, digest != expected {
            try restart()
            throw ArtifactError("what was fetched for blob \(expected) has digest \(digest): fetched anew next time")
        }
        try handle.synchronize()
        let place = store.url(of: digest)
        let folder = place.deletingLastPathComponent()
        try Durable.makeFolder(folder)
        try Durable.rename(partial, to: place)
        finished = true
        return digest
    }

    deinit {
        try? handle.close()
        if !finished, !resumable { try? FileManager.default.removeItem(at: partial) }
    }
}
