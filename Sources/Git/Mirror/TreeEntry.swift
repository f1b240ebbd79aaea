/// One file of a commit.
package struct TreeEntry: Sendable, Equatable {
    package enum Mode: String, Sendable { case regular, executable, symlink }

    /// From the commit's root, with `/` between the parts.
    package let path: String
    package let mode: Mode
    /// Bytes; of a symbolic link, those of its target's text.
    package let size: Int
    /// The object id of its content.
    package let oid: String
}

/// What a commit's tree may hold. The defaults suit code; models and data sets belong elsewhere.
package struct TreeLimits: Sendable, Equatable {
    package var files = 50_000
    package var folders = 20_000
    /// Bytes of all files together.
    package var totalBytes = 1 << 30
    /// Bytes of one file.
    package var fileBytes = 256 << 20
    /// Folders within folders.
    package var depth = 64
    /// Bytes of a path's UTF-8.
    package var pathBytes = 1024
    /// Bytes of one folder's listing.
    package var listingBytes = 16 << 20
    /// Bytes of a symbolic link's target.
    package var linkBytes = 1024

    package init() {}
}
