import Clibgit2
package import Foundation

/// What a commit says of itself.
package struct GitCommit: Sendable, Equatable {
    package let hash: String
    /// The message's first paragraph on one line, without control characters, at most 500 characters.
    package let subject: String
    /// `Name <address>`, as the commit claims.
    package let author: String
    /// When it was authored, as the commit claims.
    package let time: Date
    /// The object id of its root folder.
    package let tree: String

    init(_ hash: String, in repository: OpaquePointer, _ operation: GitOperation) throws(GitError) {
        var id = try git_oid(hex: hash)
        let commit = try Handle(operation, release: git_commit_free) { git_commit_lookup(&$0, repository, &id) }
        self.hash = hash
        subject = git_commit_summary(commit.pointer).map { Redaction.printable(String(cString: $0)) } ?? ""
        let signature = git_commit_author(commit.pointer)?.pointee
        let name = signature?.name.map { String(cString: $0) } ?? "unknown"
        let address = signature?.email.map { String(cString: $0) } ?? ""
        author = Redaction.printable("\(name) <\(address)>")
        time = Date(timeIntervalSince1970: TimeInterval(signature?.when.time ?? 0))
        tree = git_commit_tree_id(commit.pointer)?.pointee.hex ?? ""
    }
}
