package import Artifacts
package import Core
package import Foundation

/// A working tree as it is now, uncommitted edits too, laid out in a folder of its own as a node would have it.
package struct WorkingTree: Sendable {
    /// Where it is laid out.
    package let folder: URL
    /// The folders that it was copied from, from that of the flow's file up to the whole tree's.
    package let origins: [URL]
    package let manifest: Manifest
    /// The artifact's name.
    package let digest: ContentDigest
    package let flow: Flow
    /// Mistakes of the flow that are no errors.
    package let warnings: [Diagnostic]

    /// Bytes of one file, and of all, as the controller takes them of a commit.
    private static let (largestFile, largest) = (256 << 20, 1 << 30)

    /// No commit has these files: this stands for one in tickets, and is the SHA-256 of what they are.
    package var commit: CommitHash { manifest.commit }

    package var fileCount: Int { manifest.files.count }

    /// Folder of the flow's file in the tree, empty for its root.
    package var flowFolder: String { RelativePath.parents(of: manifest.flow).last ?? "" }

    /// Copies the tree that the flow's file is in. In a checkout these are the files that Git would commit or has: what
    /// its ignore rules leave out isn't there, as on a node. Elsewhere it is the folder, without what `TreeFiles` leaves out.
    ///
    /// - Parameters:
    ///   - flow: The flow's file.
    ///   - folder: A new one.
    /// - Throws: `TreeError`, with every mistake of the flow, or naming the file that a revision could not have.
    package init(flow file: URL, to folder: URL) async throws {
        let file = file.standardizedFileURL.resolvingSymlinksInPath()
        guard let bytes = FileManager.default.contents(atPath: file.path) else {
            throw TreeError("\(file.path) isn't there: fedops init writes one")
        }
        let (parsed, diagnostics) = Flow.parse(bytes: bytes, file: file.lastPathComponent)
        guard let parsed else {
            throw TreeError(diagnostics.map(\.description).joined(separator: "\n"))
        }
        let tree = try await TreeFiles.list(around: file)
        let path = String(file.path.dropFirst(tree.root.path.count).drop { $0 == "/" })
        guard tree.paths.contains(path) else {
            throw TreeError("\(path) is ignored by Git in \(tree.root.path): a revision wouldn't have it")
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var files: [Manifest.File] = []
        var total = 0
        for path in tree.paths {
            try Task.checkCancellation()
            guard let file = try Self.copy(path, from: tree.root, to: folder) else { continue }
            files.append(file)
            total += file.size
            guard file.size <= Self.largestFile, total <= Self.largest else {
                throw TreeError(
                    "a revision has at most 1 GiB of files, none over 256 MiB, and \(path) goes beyond that: list data in "
                        + ".gitignore, and tell the data stage where they are by --env or --label"
                )
            }
        }
        let zero = CommitHash(String(repeating: "0", count: 64))
        let name = try zero.flatMap { try Manifest(commit: $0, flow: path, files: files).encoded().digest.hex }
        guard let commit = name.flatMap({ CommitHash($0) }) else { throw TreeError("\(path): no name for its files") }
        let manifest = Manifest(commit: commit, flow: path, files: files)
        try manifest.checkPaths()
        self.folder = folder
        origins = RelativePath.parents(of: path).reversed().map { tree.root.appending(path: $0) } + [tree.root]
        self.manifest = manifest
        digest = try manifest.encoded().digest
        flow = parsed
        warnings = diagnostics
    }

    /// `nil` for what isn't a file: a submodule's folder, or what is in Git's index and was removed since.
    private static func copy(_ path: String, from root: URL, to folder: URL) throws -> Manifest.File? {
        let (source, place) = (root.appending(path: path), folder.appending(path: path))
        guard RelativePath.isSafe(path) else { throw TreeError("\(path) is no path that a revision may have") }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: source.path) else { return nil }
        func parent() throws {
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
        }
        switch attributes[.type] as? FileAttributeType {
        case .typeSymbolicLink:
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: source.path)
            guard RelativePath.staysInside(link: path, target: target) else {
                throw TreeError(
                    "\(path) is a link to \(target), outside of the tree, which no revision may have: list it in .gitignore"
                )
            }
            try parent()
            try FileManager.default.createSymbolicLink(atPath: place.path, withDestinationPath: target)
            let text = Data(target.utf8)
            return Manifest.File(path: path, mode: .symlink, size: text.count, sha256: ContentDigest(of: text))
        case .typeRegular:
            let content = try Data(contentsOf: source, options: .mappedIfSafe)
            let isExecutable = ((attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0) & 0o100 != 0
            try parent()
            try content.write(to: place)
            if isExecutable {
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
            }
            return Manifest.File(
                path: path,
                mode: isExecutable ? .executable : .regular,
                size: content.count,
                sha256: ContentDigest(of: content)
            )
        default: return nil
        }
    }
}

/// Why a working tree can't be tried, for people.
package struct TreeError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
