/// A walk over a commit's tree that refuses whatever a folder of ours may not hold, before it costs anything.
struct TreeWalk {
    private let repository: MirrorRepository
    private let limits: TreeLimits
    private let commit: String
    private var files: [TreeEntry] = []
    private var bytes = 0
    private var folders = 0

    init(_ repository: MirrorRepository, limits: TreeLimits, commit: String) {
        self.repository = repository
        self.limits = limits
        self.commit = commit
    }

    mutating func entries(root: String) throws(GitError) -> [TreeEntry] {
        try visit(root, prefix: "", depth: 0)
        return files
    }

    private mutating func visit(_ tree: String, prefix: String, depth: Int) throws(GitError) {
        folders += 1
        guard folders <= limits.folders else {
            throw refused(prefix, "is folder \(folders) of at most \(limits.folders)")
        }
        guard depth <= limits.depth else {
            throw refused(prefix, "lies \(depth) folders deep; at most \(limits.depth)")
        }
        let header = try header(of: tree, at: prefix)
        guard header.size <= limits.listingBytes else {
            throw refused(prefix, "is a folder with a listing of \(header.size) bytes; at most \(limits.listingBytes)")
        }
        let object = try repository.read(tree, .folder, limit: limits.listingBytes)
        let listing = try RawTree(object, GitOperation(.mirror, "reading the folder \"\(prefix)\" of commit \(commit)"))
        var names: Set<String> = []
        for entry in listing.entries {
            let name: String
            switch EntryName.check(entry.name) {
            case .success(let text): name = text
            case .failure(let broken):
                throw refused(prefix + String(decoding: entry.name, as: UTF8.self), "has a name that \(broken.what)")
            }
            let path = prefix + name
            guard names.insert(name).inserted else { throw refused(path, "is there twice") }
            guard path.utf8.count <= limits.pathBytes else {
                throw refused(path, "is a path of \(path.utf8.count) bytes; at most \(limits.pathBytes)")
            }
            switch entry.kind {
            case .folder: try visit(entry.oid, prefix: path + "/", depth: depth + 1)
            case .submodule:
                throw refused(path, "is a submodule; put its files into the repository, or install it as a package")
            case .file: try add(entry.oid, at: path, .regular)
            case .executable: try add(entry.oid, at: path, .executable)
            case .symlink: try add(entry.oid, at: path, .symlink)
            }
        }
    }

    private mutating func add(_ oid: String, at path: String, _ mode: TreeEntry.Mode) throws(GitError) {
        guard files.count < limits.files else {
            throw refused(path, "is file \(files.count + 1); a revision has at most \(limits.files)")
        }
        let header = try header(of: oid, at: path)
        guard header.kind == .file else {
            throw GitError(.corrupt, "\(path) in commit \(commit) is listed as a file but is a \(header.kind.rawValue)")
        }
        let limit = mode == .symlink ? limits.linkBytes : limits.fileBytes
        guard header.size <= limit else {
            throw refused(
                path,
                "has \(header.size) bytes; a \(mode == .symlink ? "link" : "file") has at most \(limit)"
            )
        }
        bytes += header.size
        guard bytes <= limits.totalBytes else {
            throw refused(path, "brings the files to \(bytes) bytes; a revision has at most \(limits.totalBytes)")
        }
        if mode == .symlink {
            let target = try repository.read(oid, .file, limit: limit).data
            if let broken = LinkTarget.problem(Array(target), at: path) { throw refused(path, "is a link \(broken)") }
        }
        files.append(TreeEntry(path: path, mode: mode, size: header.size, oid: oid))
    }

    /// A commit that is here without all of its objects is a damaged mirror, not a wrong question.
    private func header(of oid: String, at path: String) throws(GitError) -> (kind: MirrorRepository.Kind, size: Int) {
        do throws(GitError) {
            return try repository.header(of: oid)
        } catch {
            guard error.kind == .notFound else { throw error }
            throw GitError(
                .corrupt,
                "\(Redaction.printable(path, limit: 200)) in commit \(commit) is missing from the mirror; remove the "
                    + "mirror's folder, it is fetched anew at the next poll"
            )
        }
    }

    private func refused(_ path: String, _ what: String) -> GitError {
        let shown = Redaction.printable(path.isEmpty ? "the root" : path, limit: 200)
        return GitError(.refused, "\(shown) in commit \(commit) \(what)")
    }
}
