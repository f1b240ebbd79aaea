import Foundation
import GRDB

/// The store's tables. A migration that was released is frozen: changes come as a new one after it.
enum Schema {
    /// "FdOp": tells our files from other SQLite databases.
    static let applicationID = 0x4664_4F70

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in try db.execute(sql: Schema.migration1) }
        migrator.registerMigration("2") { db in try db.execute(sql: Schema.migration2) }
        return migrator
    }

    /// Refuses another program's database, and a store that a newer binary has migrated.
    static func refuseForeign(_ db: Database, path: URL) throws {
        let identifier = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
        if tables.isEmpty { return }
        guard identifier == applicationID else {
            throw StoreError.notAStore(path: path.path, why: "it is the SQLite database of another program")
        }
        let known = Set(migrator.migrations)
        let unknown = try migrator.appliedIdentifiers(db).subtracting(known).sorted()
        if !unknown.isEmpty {
            throw StoreError.newerSchema(path: path.path, found: "migration \(unknown.joined(separator: ", "))")
        }
    }
}
