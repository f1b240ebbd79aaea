import Foundation
import GRDB

extension Store {
    /// Counts this start of the controller, and returns its number, from 1. Documents to nodes are ordered by it.
    package func beginBoot() throws(StoreError) -> Int {
        try write { db in
            try Int.fetchOne(
                db,
                sql: """
                    INSERT INTO boots (id, count) VALUES (1, 1)
                    ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count
                    """
            ) ?? 1
        }
    }

    /// 256 random bits in hexadecimal, made at the first call with this name and the same ever after.
    package func secret(_ name: String) throws(StoreError) -> String {
        try write { db in
            var random = SystemRandomNumberGenerator()
            let fresh = (0..<4).map { _ in String(UInt64.random(in: .min ... .max, using: &random), radix: 16) }
                .map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined()
            try db.execute(
                sql: "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [name, fresh]
            )
            return try String.fetchOne(db, sql: "SELECT value FROM secrets WHERE name = ?", arguments: [name]) ?? fresh
        }
    }
}
