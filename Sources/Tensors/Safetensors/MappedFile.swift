import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A regular file's bytes, mapped into memory for reading.
///
/// Reading a page that the file no longer has ends the process (SIGBUS). So files that are mapped belong to us: they are
/// complete before they are opened, lie in folders that only we write to, and are replaced by renaming, never changed.
/// That they kept their size is checked before each use all the same.
final class MappedFile: Sendable {
    let path: String
    let count: Int
    private let descriptor: CInt
    // Never written to, and unmapped in deinit only.
    nonisolated(unsafe) private let base: UnsafeRawPointer

    /// - Throws: `.unreadable` for what isn't a regular file (a symbolic link is refused, not followed) or can't be
    ///   opened, `.invalid` below `least` bytes, `.tooLarge` above `most`.
    init(_ url: URL, atLeast least: Int, atMost most: Int) throws(TensorError) {
        path = url.path
        // Non-blocking, for a named pipe in the file's place would be waited for.
        let descriptor = open(url.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = errno == ELOOP ? "it is a symbolic link" : String(cString: strerror(errno))
            throw TensorError(.unreadable, "\(url.path) can't be opened: \(reason)")
        }
        do throws(TensorError) {
            count = try Self.size(of: descriptor, url.path)
            guard count >= least else {
                throw TensorError(.invalid, "the file has \(count) bytes: too short for a safetensors file")
            }
            guard count <= most else {
                throw TensorError(.tooLarge, "the file has \(count) bytes, at most \(most) are taken")
            }
            guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
                throw TensorError(.unreadable, "\(url.path) can't be mapped: \(String(cString: strerror(errno)))")
            }
            base = UnsafeRawPointer(address)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: base), count)
        close(descriptor)
    }

    /// The bytes, for as long as `body` runs.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let size = try Self.size(of: descriptor, path)
        guard size == count else {
            throw TensorError(.unreadable, "\(path) had \(count) bytes when it was opened and has \(size) now")
        }
        return try withExtendedLifetime(self) {
            try body(UnsafeRawBufferPointer(start: base, count: count))
        }
    }

    private static func size(of descriptor: CInt, _ path: String) throws(TensorError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw TensorError(.unreadable, "\(path) can't be examined: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TensorError(.unreadable, "\(path) isn't a regular file")
        }
        return Int(status.st_size)
    }
}
