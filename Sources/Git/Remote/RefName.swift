import Clibgit2

/// Whole names of refs. Nothing that a person or a remote sent is ever resolved as an expression.
enum RefName {
    /// `refs/heads/<branch>`.
    static func branch(_ name: String) throws(GitError) -> String { try checked("refs/heads/" + name, "branch", name) }

    /// `refs/tags/<tag>`.
    static func tag(_ name: String) throws(GitError) -> String { try checked("refs/tags/" + name, "tag", name) }

    static func isValid(_ ref: String) -> Bool {
        var valid: Int32 = 0
        return ref.utf8.count <= 1024 && !ref.utf8.contains(0)
            && git_reference_name_is_valid(&valid, ref) == 0 && valid == 1
    }

    private static func checked(_ ref: String, _ kind: String, _ name: String) throws(GitError) -> String {
        guard isValid(ref) else {
            throw GitError(
                .invalid,
                "\"\(Redaction.printable(name, limit: 100))\" is not a valid name of a \(kind); see git-check-ref-format"
            )
        }
        return ref
    }
}
