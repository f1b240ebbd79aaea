package import Core
import GRDB

extension Store {
    /// Ends a build whose revision was overtaken while it was under way; it never reaches a node.
    ///
    /// - Parameter name: The newer revision's name.
    package func supersedeBuild(
        _ effect: PendingEffect,
        by name: String,
        at instant: Instant
    ) throws(StoreError) {
        try write { db in
            try complete(effect, in: db)
            try db.execute(
                sql: """
                    UPDATE revisions SET state = 'superseded', finished = ?, reason = ? WHERE task = ? AND number = ?
                    """,
                arguments: [
                    instant.milliseconds, "revision \(name) was chosen while it was being built", effect.task,
                    effect.revision,
                ]
            )
        }
    }
}
