package import Foundation
import GRDB

/// The controller's memory: one SQLite file that holds every decision, and every effect that is still to be done.
///
/// It owns the only writer, the migrations and all transactions, each named by what it is for. Whatever a method
/// writes is on disk when it returns (write-ahead log, `synchronous = FULL`), as a whole or not at all, so a `kill -9`
/// at any moment leaves state, history and pending effects together.
///
/// Calls block for the length of their transaction, which is about one `fsync`.
package final class Store: Sendable {
    package let path: URL
    package let limits: StoreLimits
    private let pool: DatabasePool
    private let lock: StoreLock

    /// Opens the file at `path`, or makes it. Its folder has to exist.
    ///
    /// - Throws: `StoreError` where another process has it open, the file is damaged or no store, or its schema is
    ///   newer than this binary; nothing is changed then.
    package init(path: URL, limits: StoreLimits = .standard) throws(StoreError) {
        self.path = path
        self.limits = limits
        lock = try StoreLock(for: path)
        do {
            try Store.refuseWhatIsNoStore(at: path)
            let pool = try DatabasePool(path: path.path, configuration: Store.configuration)
            try pool.read { try Schema.refuseForeign($0, path: path) }
            // GRDB chooses NORMAL for the write-ahead log, which may lose the last transactions in a power cut.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Schema.migrator.migrate(pool)
            self.pool = pool
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.foreignKeysEnabled = true
        configuration.journalMode = .wal
        // Only a backup tool could hold the file for longer: the lock keeps other controllers out.
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        return configuration
    }

    /// SQLite takes any empty or absent file for a new database, and overwrites nothing else; a file that is too short
    /// to be one would be reported only at the first write.
    private static func refuseWhatIsNoStore(at path: URL) throws {
        guard FileManager.default.fileExists(atPath: path.path) else { return }
        let handle = try FileHandle(forReadingFrom: path)
        defer { try? handle.close() }
        guard let head = try handle.read(upToCount: 16), !head.isEmpty else { return }
        if head != Data("SQLite format 3\0".utf8) { throw StoreError.notAStore(path: path.path, why: nil) }
    }

    /// One transaction: all of `body` is durable when this returns, or nothing of it happened.
    func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try pool.write(body) } catch { throw StoreError(error, path: path) }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try pool.read(body) } catch { throw StoreError(error, path: path) }
    }

    /// Reads the whole file and holds it against SQLite's own rules and the schema's foreign keys; slow on a large one.
    package func verify() throws(StoreError) {
        let flaws = try read { db in
            try String.fetchAll(db, sql: "PRAGMA integrity_check(5)").filter { $0 != "ok" }
                + Row.fetchAll(db, sql: "PRAGMA foreign_key_check").prefix(5).map { "dangling reference: \($0)" }
        }
        if !flaws.isEmpty { throw .damaged(path: path.path, why: flaws.joined(separator: "; ")) }
    }
}

/// How much history is kept of what nothing depends on.
package struct StoreLimits: Sendable, Equatable {
    /// Lines of stage logs a task.
    package var logLines: Int
    /// Bytes of those lines a task.
    package var logBytes: Int
    /// Events a task.
    package var events: Int

    package static let standard = StoreLimits(logLines: 200_000, logBytes: 64 << 20, events: 50_000)

    package init(logLines: Int, logBytes: Int, events: Int) {
        self.logLines = logLines
        self.logBytes = logBytes
        self.events = events
    }
}
