package import Core
import GRDB

extension Store {
    /// Writes down how far a build is. What is `nil` stays as it was.
    ///
    /// - Parameter state: Not a final one: those come with `finishBuild` and `failBuild`.
    package func updateRevision(
        _ effect: PendingEffect,
        state: BuildState,
        subject: String? = nil,
        author: String? = nil
    ) throws(StoreError) {
        try write { db in
            try fence(effect, in: db)
            try db.execute(
                sql: """
                    UPDATE revisions SET state = ?, subject = coalesce(?, subject), author = coalesce(?, author)
                    WHERE task = ? AND number = ?
                    """,
                arguments: [state.rawValue, subject, author, effect.task, effect.revision]
            )
        }
    }

    /// The revision is ready, and its build becomes the delivery of its release, which this returns.
    package func finishBuild(
        _ effect: PendingEffect,
        ready: BuiltRevision,
        events: [EventRecord] = [],
        at instant: Instant
    ) throws(StoreError) -> PendingEffect {
        try write { db in
            try fence(effect, in: db)
            try db.execute(
                sql: """
                    UPDATE revisions SET state = 'ready', finished = ?, digest = ?, environment = ?, files = ?,
                        bytes = ?, release = ?
                    WHERE task = ? AND number = ?
                    """,
                arguments: [
                    instant.milliseconds, ready.release.digest.hex, ready.release.environment?.hex, ready.files,
                    ready.bytes, try Document.encode(ready.release), effect.task, effect.revision,
                ]
            )
            try db.execute(sql: "UPDATE effects SET kind = 'deliver' WHERE id = ?", arguments: [effect.id])
            for event in events { try insert(event, in: db) }
            var delivery = effect
            delivery.kind = .deliver(ready.release)
            return delivery
        }
    }

    /// The revision never reaches a node.
    ///
    /// - Parameters:
    ///   - reason: One line, for people.
    ///   - logTail: The last lines of the build's log.
    package func failBuild(
        _ effect: PendingEffect,
        reason: String,
        logTail: [String],
        events: [EventRecord] = [],
        at instant: Instant
    ) throws(StoreError) {
        try write { db in
            try complete(effect, in: db)
            try db.execute(
                sql: """
                    UPDATE revisions SET state = 'failed', finished = ?, reason = ?, logTail = ?
                    WHERE task = ? AND number = ?
                    """,
                arguments: [
                    instant.milliseconds, reason, try Document.encode(logTail), effect.task, effect.revision,
                ]
            )
            for event in events { try insert(event, in: db) }
        }
    }

    func queue(_ key: RevisionKey, of task: String, at instant: Instant, in db: Database) throws {
        try db.execute(
            sql: """
                UPDATE revisions SET state = 'superseded', finished = ?, reason = ?
                WHERE task = ? AND number < ? AND state = 'queued'
                """,
            arguments: [instant.milliseconds, "revision \(key.name) was chosen first", task, key.number]
        )
        try db.execute(
            sql: """
                DELETE FROM effects WHERE task = ? AND kind = 'build' AND revision IN
                    (SELECT number FROM revisions WHERE task = effects.task AND state = 'superseded')
                """,
            arguments: [task]
        )
        try db.execute(
            sql: """
                INSERT INTO revisions (task, number, name, "commit", state, created) VALUES (?, ?, ?, ?, 'queued', ?)
                """,
            arguments: [task, key.number, key.name, key.commit.text, instant.milliseconds]
        )
        try db.execute(
            sql: "INSERT INTO effects (task, revision, kind, created) VALUES (?, ?, 'build', ?)",
            arguments: [task, key.number, instant.milliseconds]
        )
    }
}
