package import Core
import Crypto
package import Foundation

/// Files by the SHA-256 of their content, in a folder: `<root>/ab/cdef…`.
///
/// A blob is written beside its place, made durable, and then renamed into it, so that what has a digest's name has its
/// content, whenever the process dies.
package struct BlobStore: Sendable {
    package let root: URL

    package init(root: URL) throws {
        self.root = root
        try FileManager.default.createDirectory(
            at: root.appending(path: "partial"),
            withIntermediateDirectories: true
        )
    }

    package func url(of digest: ContentDigest) -> URL {
        root.appending(path: "\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))")
    }

    package func contains(_ digest: ContentDigest) -> Bool {
        FileManager.default.fileExists(atPath: url(of: digest).path)
    }

    /// Bytes of a stored blob; `nil` when it isn't there.
    package func size(of digest: ContentDigest) -> Int? {
        let values = try? FileManager.default.attributesOfItem(atPath: url(of: digest).path)
        return (values?[.size] as? NSNumber)?.intValue
    }

    /// Those of `digests` that are not there, with their sizes.
    package func missing(_ digests: [ContentDigest: Int]) -> [ContentDigest: Int] {
        digests.filter { !contains($0.key) }
    }

    /// The content, for small blobs such as manifests; refused above `limit` bytes.
    package func data(_ digest: ContentDigest, limit: Int = 64 << 20) throws -> Data {
        guard let size = size(of: digest) else { throw ArtifactError("blob \(digest) is not in \(root.path)") }
        guard size <= limit else { throw ArtifactError("blob \(digest) has \(size) bytes, at most \(limit) are read") }
        return try Data(contentsOf: url(of: digest))
    }

    /// Stores `data` and returns its digest.
    @discardableResult
    package func store(_ data: Data) throws -> ContentDigest {
        let digest = ContentDigest(of: data)
        guard !contains(digest) else { return digest }
        var writer = try BlobWriter(self, resuming: nil)
        try writer.append(data)
        return try writer.finish()
    }

    /// Stores a file's content, reading it piece by piece, and returns digest and size.
    package func store(fileAt path: URL) throws -> (digest: ContentDigest, size: Int) {
        let handle = try FileHandle(forReadingFrom: path)
        defer { try? handle.close() }
        var writer = try BlobWriter(self, resuming: nil)
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { try writer.append(piece) }
        return (try writer.finish(), writer.size)
    }

    /// Removes all blobs but `keep`, and what fetches left unfinished; returns the bytes freed. Only while nothing is being fetched or stored.
    package func removeAll(except keep: Set<ContentDigest>) throws -> Int {
        var freed = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "partial").path) {
            let file = root.appending(path: "partial/\(name)")
            freed += (try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber)?.intValue ?? 0
            try FileManager.default.removeItem(at: file)
        }
        let names = Set(keep.map(\.hex))
        for folder in try FileManager.default.contentsOfDirectory(atPath: root.path) where folder.utf8.count == 2 {
            for name in try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
            where !names.contains(folder + name) {
                let file = root.appending(path: "\(folder)/\(name)")
                freed +=
                    (try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber)?.intValue ?? 0
                try FileManager.default.removeItem(at: file)
            }
        }
        return freed
    }
}
