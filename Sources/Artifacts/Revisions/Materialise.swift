package import Core
import Crypto
package import Foundation

extension BlobStore {
    /// Lays the manifest's files out in a new folder at `place`, which appears as a whole or not at all.
    ///
    /// Files are copied, not linked: what the user's code writes over in its folder must not reach the store. Each is
    /// held against its digest on the way, so that a blob that rotted on disk is found before it runs.
    ///
    /// - Parameter durable: Whether it has to survive a power cut; a scratch copy needn't.
    package func materialise(_ manifest: Manifest, at place: URL, durable: Bool = true) throws {
        try manifest.checkPaths()
        let files = FileManager.default
        let temporary = place.deletingLastPathComponent().appending(
            path: ".\(place.lastPathComponent).\(UUID().uuidString)"
        )
        try files.createDirectory(at: temporary, withIntermediateDirectories: true)
        do {
            var folders: Set<String> = []
            for file in manifest.files {
                if let parent = RelativePath.parents(of: file.path).last, folders.insert(parent).inserted {
                    try files.createDirectory(
                        at: temporary.appending(path: parent),
                        withIntermediateDirectories: true
                    )
                }
                try lay(file, at: temporary.appending(path: file.path))
            }
            if durable { try Durable.synchronize(tree: temporary) }
            try Durable.rename(temporary, to: place)
        } catch {
            try? files.removeItem(at: temporary)
            throw error
        }
    }

    private func lay(_ file: Manifest.File, at place: URL) throws {
        let files = FileManager.default
        if file.mode == .symlink {
            let content = try verified(file)
            guard let target = String(data: content, encoding: .utf8),
                RelativePath.staysInside(link: file.path, target: target)
            else { throw ArtifactError("the link \(file.path) leads out of the revision's folder") }
            try files.createSymbolicLink(atPath: place.path, withDestinationPath: target)
            return
        }
        try copy(file.sha256, to: place, name: file.path, mode: file.mode == .executable ? 0o755 : 0o644)
    }

    /// Copies a blob to a new file, and holds it against its digest on the way.
    ///
    /// - Parameter name: What the content is, for messages.
    package func copy(_ digest: ContentDigest, to place: URL, name: String, mode: Int = 0o644) throws {
        guard contains(digest) else { throw ArtifactError("\(name) (blob \(digest)) is not in \(root.path)") }
        guard
            FileManager.default.createFile(
                atPath: place.path,
                contents: nil,
                attributes: [.posixPermissions: mode]
            )
        else { throw ArtifactError("\(place.path) can't be made: is the disk full?") }
        let source = try FileHandle(forReadingFrom: url(of: digest))
        let target = try FileHandle(forWritingTo: place)
        defer {
            try? source.close()
            try? target.close()
        }
        var hash = SHA256()
        while let piece = try source.read(upToCount: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
            try target.write(contentsOf: piece)
        }
        try check(digest, ContentDigest(hash.finalize()), name: name)
    }

    private func verified(_ file: Manifest.File) throws -> Data {
        let content = try data(file.sha256, limit: 4096)
        try check(file.sha256, ContentDigest(of: content), name: file.path)
        return content
    }

    /// A blob that no longer has its digest is taken out of the store, so that it is fetched again.
    private func check(_ wanted: ContentDigest, _ found: ContentDigest, name: String) throws {
        guard found != wanted else { return }
        try FileManager.default.removeItem(at: url(of: wanted))
        throw ArtifactError("\(name) was damaged on disk (digest \(found)); removed, it is fetched again")
    }
}
