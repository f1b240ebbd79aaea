package import Core
import Crypto
package import Foundation

/// Writes one blob, piece by piece; it appears in the store when `finish` has checked and renamed it.
package struct BlobWriter: ~Copyable {
    private let store: BlobStore
    private let expected: ContentDigest?
    private let partial: URL
    private let handle: FileHandle
    private var hash: SHA256
    /// Bytes written, those of an earlier attempt included.
    package private(set) var size: Int
    private var finished = false

    /// - Parameter expected: The digest that the content must have. What an earlier attempt at it left is kept, and
    ///   `size` says from which byte to go on. Without it, the writer starts a new file of its own.
    package init(_ store: BlobStore, resuming expected: ContentDigest?) throws {
        let place = store.root.appending(path: "partial/\(expected?.hex ?? UUID().uuidString)")
        if !FileManager.default.fileExists(atPath: place.path) {
            guard FileManager.default.createFile(atPath: place.path, contents: nil) else {
                throw ArtifactError("\(place.path) can't be made: is the disk full or the folder not ours?")
            }
        }
        let file = try FileHandle(forUpdating: place)
        var hash = SHA256()
        var size = 0
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
            size += piece.count
        }
        self.store = store
        self.expected = expected
        self.partial = place
        self.handle = file
        self.hash = hash
        self.size = size
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
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Durable.rename(partial, to: place)
        finished = true
        return digest
    }

    deinit {
        try? handle.close()
        // A partial file under a digest's name is worth keeping for the next attempt; another one isn't.
        if !finished, expected == nil { try? FileManager.default.removeItem(at: partial) }
    }
}
