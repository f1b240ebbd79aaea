import Clibgit2

/// What a remote lists.
struct RemoteHeads {
    /// Whole ref names to what they name: of an annotated tag, the tag object.
    private(set) var targets: [String: String] = [:]
    /// Whole names of annotated tags to what they lead to.
    private var peeled: [String: String] = [:]

    init(_ list: UnsafeBufferPointer<UnsafePointer<git_remote_head>?>) {
        for case let head? in list {
            guard let pointer = head.pointee.name, let name = String(validatingCString: pointer) else { continue }
            if name.hasSuffix("^{}") {
                peeled[String(name.dropLast(3))] = head.pointee.oid.hex
            } else if RefName.isValid(name) {
                targets[name] = head.pointee.oid.hex
            }
        }
    }

    func refs(branch: String, _ ref: String) -> RemoteRefs {
        var refs = RemoteRefs()
        if let head = targets[ref] { refs.branches[branch] = head }
        for (name, target) in targets where name.hasPrefix("refs/tags/") {
            refs.tags[String(name.dropFirst(10))] = peeled[name] ?? target
        }
        return refs
    }
}
