package import Core
import Foundation
import GRDB

extension Store {
    /// Gives this start of the controller its number, by which documents to nodes are ordered: higher than that of every
    /// start before it.
    ///
    /// It is the time in seconds, or one more than the last where the clock went back: nodes have to take the word of a
    /// controller whose database was restored, too, and that doesn't know how often it has started since.
    package func beginBoot(at instant: Instant) throws(StoreError) -> Int {
        try write { db in
            let seconds = max(1, Int(instant.milliseconds / 1000))
            return try Int.fetchOne(
                db,
                sql: """
                    INSERT INTO boots (id, count) VALUES (1, :seconds)
                    ON CONFLICT DO UPDATE SET count = max(count + 1, :seconds) RETURNING count
                    """,
                arguments: ["seconds": seconds]
            ) ?? seconds
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
