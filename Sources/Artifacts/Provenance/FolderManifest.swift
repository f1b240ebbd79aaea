package import Core
package import Foundation

extension Manifest {
    /// The manifest that a commit would have whose files are those of `folder`, `.git` at its top left out.
    ///
    /// - Throws: `ArtifactError` where a file can't be read, or is neither a file nor a symbolic link.
    package init(folder: URL, commit: CommitHash, flow: String) throws {
        let root = folder.standardizedFileURL.path
        guard let paths = FileManager.default.enumerator(atPath: root) else {
            throw ArtifactError("\(root) can't be read")
        }
        var files: [File] = []
        while let path = paths.nextObject() as? String {
            if path == ".git" {
                paths.skipDescendants()
                continue
            }
            let place = folder.appending(path: path)
            let attributes = try FileManager.default.attributesOfItem(atPath: place.path)
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory: continue
            case .typeSymbolicLink:
                let target = Data(try FileManager.default.destinationOfSymbolicLink(atPath: place.path).utf8)
                files.append(File(path: path, mode: .symlink, size: target.count, sha256: ContentDigest(of: target)))
            case .typeRegular:
                let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
                let content = try FileDigest(of: place)
                let kind: File.Mode = mode & 0o100 == 0 ? .regular : .executable
                files.append(File(path: path, mode: kind, size: content.bytes, sha256: content.digest))
            default: throw ArtifactError("\(place.path) is neither a file nor a symbolic link")
            }
        }
        self.init(commit: commit, flow: flow, files: files)
    }
}
