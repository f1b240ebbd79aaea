package import Core
package import Foundation

/// Stores many small blobs with a handful of waits for the disk, not some for each.
///
/// Nothing appears in the store before `commit`, and then only what is durable.
package struct BlobBatch: ~Copyable {
    private let store: BlobStore
    private let folder: URL
    private var pending: Set<ContentDigest> = []

    package init(_ store: BlobStore) throws {
        self.store = store
        folder = store.root.appending(path: "partial/\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes the content, where the store lacks it, and returns its digest.
    package mutating func add(_ data: Data) throws -> ContentDigest {
        let digest = ContentDigest(of: data)
        guard !pending.contains(digest), !store.contains(digest) else { return digest }
        try data.write(to: folder.appending(path: digest.hex))
        pending.insert(digest)
        return digest
    }

    /// Puts what was added in its place.
    package mutating func commit() throws {
        guard !pending.isEmpty else { return }
        try Durable.synchronize(tree: folder)
        for digest in pending {
            let place = store.url(of: digest)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Durable.move(folder.appending(path: digest.hex), to: place)
        }
        pending = []
        try Durable.synchronize(tree: store.root)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}
