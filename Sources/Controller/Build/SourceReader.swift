import Artifacts
import Core
import Foundation
import Git

/// Reads a commit's files from the bare mirror into the blob store, and lists them.
struct SourceReader: Sendable {
    var mirror: GitMirror
    var blobs: BlobStore

    /// The manifest of the commit as it is: nothing that a build makes gets into it, so that one commit has one digest
    /// on any machine.
    ///
    /// - Throws: `BuildFailure` where the commit holds what no folder of a node may hold.
    func manifest(of commit: CommitHash, flow: String) throws -> Manifest {
        var batch = try BlobBatch(blobs)
        var digests: [String: ContentDigest] = [:]
        var files: [Manifest.File] = []
        for entry in try entries(of: commit) {
            try Task.checkCancellation()
            let digest: ContentDigest
            if let known = digests[entry.oid] {
                digest = known
            } else {
                digest = try batch.add(try mirror.readBlob(entry.oid) { Data($0) })
            }
            digests[entry.oid] = digest
            files.append(Manifest.File(path: entry.path, mode: mode(entry), size: entry.size, sha256: digest))
        }
        try batch.commit()
        let manifest = Manifest(commit: commit, flow: flow, files: files)
        do {
            try manifest.checkPaths()
        } catch {
            throw BuildFailure(reason: "\(error)", logTail: ["\(error)"])
        }
        return manifest
    }

    private func entries(of commit: CommitHash) throws -> [TreeEntry] {
        do {
            return try mirror.tree(of: commit.text)
        } catch {
            guard error.kind == .refused else { throw error }
            throw BuildFailure(reason: error.message, logTail: [error.message])
        }
    }

    private func mode(_ entry: TreeEntry) -> Manifest.File.Mode {
        switch entry.mode {
        case .regular: .regular
        case .executable: .executable
        case .symlink: .symlink
        }
    }
}
