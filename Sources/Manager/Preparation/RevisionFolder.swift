import Artifacts
import Core
import Foundation

/// One revision laid out on disk.
struct RevisionFolder: Sendable {
    let place: URL

    var exists: Bool { FileManager.default.fileExists(atPath: place.path) }

    /// Whether every file of the manifest is there with the content that it should have. Code that was changed after
    /// it was laid out must not run under its commit's name.
    ///
    /// - Parameter strict: Also whether nothing else is there, such as what an earlier activation's stages left.
    func isIntact(_ manifest: Manifest, strict: Bool) -> Bool {
        guard exists else { return false }
        for file in manifest.files where !holds(file) { return false }
        return !strict || extras(of: manifest).isEmpty
    }

    private func holds(_ file: Manifest.File) -> Bool {
        let path = place.appending(path: file.path).path
        if file.mode == .symlink {
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return false }
            return ContentDigest(of: Data(target.utf8)) == file.sha256
        }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType == .typeRegular,
            (attributes[.size] as? NSNumber)?.intValue == file.size,
            let permissions = attributes[.posixPermissions] as? NSNumber,
            (permissions.intValue & 0o100 != 0) == (file.mode == .executable),
            let content = try? FileDigest(of: URL(filePath: path))
        else { return false }
        return content.digest == file.sha256
    }

    /// Files and links that the manifest doesn't list. Python's own caches are told by their source's time and size, and
    /// don't count.
    private func extras(of manifest: Manifest) -> [String] {
        let known = Set(manifest.files.map(\.path))
        let root = place.path.hasSuffix("/") ? place.path : place.path + "/"
        guard let walk = FileManager.default.enumerator(atPath: root) else { return [] }
        var extras: [String] = []
        while let path = walk.nextObject() as? String {
            let type = walk.fileAttributes?[.type] as? FileAttributeType
            if type == .typeDirectory {
                if path.hasSuffix("__pycache__") { walk.skipDescendants() }
            } else if !known.contains(path) {
                extras.append(path)
            }
        }
        return extras
    }

    /// Lays the revision out where it isn't intact; nothing may run from it meanwhile.
    func lay(_ manifest: Manifest, from blobs: BlobStore, strict: Bool) throws {
        guard !isIntact(manifest, strict: strict) else { return }
        let files = FileManager.default
        try files.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        // Away in one step, so that the place holds a whole revision or none.
        if exists {
            let old = place.deletingLastPathComponent().appending(path: ".old.\(UUID().uuidString)")
            try Durable.rename(place, to: old)
            try files.removeItem(at: old)
        }
        try blobs.materialise(manifest, at: place)
    }

    /// Points `current` beside it at this revision, in one step. For people: what is active is what the ledger says.
    func makeCurrent() throws {
        let folder = place.deletingLastPathComponent()
        let fresh = folder.appending(path: ".current.\(UUID().uuidString)")
        try FileManager.default.createSymbolicLink(
            atPath: fresh.path,
            withDestinationPath: place.lastPathComponent
        )
        do {
            try Durable.rename(fresh, to: folder.appending(path: "current"))
        } catch {
            try? FileManager.default.removeItem(at: fresh)
            throw error
        }
    }
}
