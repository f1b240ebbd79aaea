/// An object of libgit2's that is freed exactly once, when its only owner lets go of it.
///
/// Sendable, since it has one owner and libgit2's objects aren't tied to a thread: only their use at the same time is.
struct Handle: ~Copyable, @unchecked Sendable {
    typealias Release = (OpaquePointer?) -> Void

    let pointer: OpaquePointer
    private let release: Release

    /// Takes over what `make` stores into its argument when it returns 0.
    init(
        _ operation: GitOperation,
        release: @escaping Release,
        _ make: (inout OpaquePointer?) -> Int32
    ) throws(GitError) {
        var made: OpaquePointer?
        try operation.check(make(&made))
        guard let made else { throw GitError(.corrupt, "\(operation.what): libgit2 gave nothing") }
        pointer = made
        self.release = release
    }

    deinit { release(pointer) }
}
