import Foundation
import GRDB

/// What keeps the store from doing what it was asked for. Nothing of the transaction in question happened.
package enum StoreError: Error, Sendable, Equatable {
    case exists(String)
    case notFound(String)
    /// A newer claim of the effect exists, or it is done: whoever asked has to stop.
    case fenced(String)
    /// A join token that can't be used, and why.
    case tokenRefused(String)
    case locked(path: String, owner: String?)
    case newerSchema(path: String, found: String)
    case notAStore(path: String, why: String?)
    case damaged(path: String, why: String)
    case diskFull(path: String)
    case inaccessible(path: String, why: String)
    /// The schema refused what breaks its rules: a mistake in FedOps.
    case refused(String)
    case failed(String)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exists(let what): "\(what) exists already"
        case .notFound(let what): "there is no \(what)"
        case .fenced(let what): "\(what) was taken over or is done: this attempt at it has no effect"
        case .tokenRefused(let why): "the join token is refused: \(why)"
        case .locked(let path, let owner):
            "\(path) is in use by another controller\(owner.map { " (process \($0))" } ?? ""): stop that one, or give "
                + "this one a data folder of its own"
        case .newerSchema(let path, let found):
            "\(path) was written by a newer fedops (\(found)): run that version, or restore the backup made before it"
        case .notAStore(let path, let why):
            "\(path) is not a FedOps store\(why.map { " (\($0))" } ?? ""): move it away, or choose another data folder"
        case .damaged(let path, let why):
            "\(path) is damaged (\(why)): stop the controller, keep a copy, and restore a backup, or try "
                + "`sqlite3 \(path) .recover`"
        case .diskFull(let path):
            "no room on the disk to write \(path); nothing was lost: free some space, it goes on by itself"
        case .inaccessible(let path, let why): "\(path) can't be used: \(why)"
        case .refused(let why): "the store refused an inconsistent change: \(why); please report this"
        case .failed(let why): "the store failed: \(why)"
        }
    }
}

extension StoreError {
    init(_ error: any Error, path: URL) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(error, path: path.path)
        case let error as DecodingError: self = .damaged(path: path.path, why: "a document can't be read: \(error)")
        case let error as CocoaError: self = .inaccessible(path: path.path, why: error.localizedDescription)
        default: self = .failed("\(error)")
        }
    }

    private init(_ error: DatabaseError, path: String) {
        // Arguments of the statement may hold secrets; the message doesn't.
        let why = error.message ?? "SQLite code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull(path: path)
        // What a full disk gives where the shared-memory file can't grow.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: self = .diskFull(path: path)
        case .SQLITE_NOTADB: self = .notAStore(path: path, why: why)
        case .SQLITE_CORRUPT: self = .damaged(path: path, why: why)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path, owner: nil)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR:
            self = .inaccessible(path: path, why: why)
        case .SQLITE_CONSTRAINT: self = .refused(why)
        default: self = .failed(why)
        }
    }
}
