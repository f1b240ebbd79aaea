import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps a second controller off a data folder. Two of them would each decide for themselves.
///
/// A lock of the kernel on a file beside the store: it is gone with the process, however that ends, and no child
/// inherits it.
final class StoreLock: Sendable {
    private let descriptor: Int32

    init(for path: URL) throws(StoreError) {
        let place = path.path + ".lock"
        descriptor = open(place, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .inaccessible(path: place, why: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            // `deinit` closes the descriptor, as it does for every initialised instance. A second close would hit whatever
            // another thread opened in between.
            let owner = StoreLock.owner(in: descriptor)
            guard code == EWOULDBLOCK else {
                throw .inaccessible(path: place, why: String(cString: strerror(code)))
            }
            throw .locked(path: path.path, owner: owner)
        }
        // Only for the message above, so a disk too full for it is no reason to stop.
        let text = "\(getpid())\n"
        if ftruncate(descriptor, 0) == 0 { _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) } }
    }

    private static func owner(in descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return Int(text).map(String.init)
    }

    deinit { close(descriptor) }
}
