import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Lets one preparation of a folder run at a time, among all processes; the kernel takes it back from one that dies.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Waits for whoever has it, until `deadline`.
    init(_ place: URL, until deadline: ContinuousClock.Instant) async throws {
        let descriptor = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ArtifactError("\(place.path) can't be opened: \(String(cString: strerror(errno)))")
        }
        self.descriptor = descriptor
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                throw ArtifactError("\(place.path) is still held by another preparation")
            }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }

    deinit { close(descriptor) }
}
