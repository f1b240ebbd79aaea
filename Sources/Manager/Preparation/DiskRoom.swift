import Artifacts
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much room a folder's disk has.
struct DiskRoom: Sendable, Equatable {
    /// Bytes that we may still write, and bytes of the whole.
    var free: Int
    var total: Int

    init?(of folder: URL) {
        var facts = statvfs()
        guard statvfs(folder.path, &facts) == 0 else { return nil }
        let block = Int(facts.f_frsize)
        free = Int(facts.f_bavail) * block
        total = Int(facts.f_blocks) * block
    }

    /// What stays free for the ledgers, whatever a revision needs.
    static let reserve = 16 << 20

    /// Throws where `bytes` more don't fit, before they are fetched in vain.
    static func require(_ bytes: Int, in folder: URL, for what: String) throws {
        guard let room = DiskRoom(of: folder), room.free - reserve < bytes else { return }
        throw ManagerError(
            "the disk is full: \(what) needs \(text(bytes)) more, \(text(room.free)) are free in \(folder.path)"
        )
    }

    private static func text(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes) bytes" : "\(bytes >> 20) MiB"
    }

    /// What `error` amounts to when it is about a disk without room.
    static func isFull(_ error: any Error) -> Bool {
        if let error = error as? CocoaError, error.code == .fileWriteOutOfSpace { return true }
        if let error = error as? POSIXError, error.code == .ENOSPC || error.code == .EDQUOT { return true }
        let beneath = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
        return beneath.map(isFull) ?? String(describing: error).contains("No space left on device")
    }
}
