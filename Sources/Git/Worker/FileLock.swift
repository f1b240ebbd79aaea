import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A lock among processes, held until this value goes, also by a kill.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock on the file at `path`, which is made when it isn't there, or says who may have it.
    init(path: String, busy: String) throws(GitError) {
        try? FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw GitError(.transient, "\(path) can't be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw GitError(.transient, busy)
        }
        self.descriptor = descriptor
    }

    // The file stays: after a removal, two processes could hold locks on two files of one name.
    deinit { close(descriptor) }
}
