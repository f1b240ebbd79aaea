/// What a build that worked gives: the release, and how large its artifact is.
package struct BuiltRevision: Codable, Sendable, Equatable {
    package var release: Release
    package var files: Int
    /// Bytes of all files together.
    package var bytes: Int

    package init(release: Release, files: Int, bytes: Int) {
        self.release = release
        self.files = files
        self.bytes = bytes
    }
}
