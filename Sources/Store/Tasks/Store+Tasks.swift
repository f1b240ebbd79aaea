package import Core
import Foundation
import GRDB

extension Store {
    /// Adds a task; one that was removed before under its name is gone, but no number that it gave is given again.
    ///
    /// - Returns: The task as it was stored, counting on from what the name has used up.
    /// - Throws: `StoreError.exists` where a task of this name is there.
    @discardableResult
    package func addTask(
        _ task: TaskState,
        _ source: SourceState,
        at instant: Instant
    ) throws(StoreError) -> TaskState {
        try write { db in
            var task = task
            let name = task.task
            if let retired = try Row.fetchOne(db, sql: "SELECT * FROM retired WHERE name = ?", arguments: [name]) {
                task.epoch = max(task.epoch, retired["epoch"])
                task.modelCount = max(task.modelCount, retired["models"])
                task.attemptCount = max(task.attemptCount, retired["attempts"])
            }
            if try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM tasks WHERE name = ?)", arguments: [name])
                == true
            {
                throw StoreError.exists("task \(name)")
            }
            try db.execute(
                sql: """
                    INSERT INTO tasks
                        (name, created, stateVersion, state, stateChanged, sourceVersion, source, sourceChanged)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    name, instant.milliseconds,
                    Document.stateVersion, try Document.encode(task), instant.milliseconds,
                    Document.stateVersion, try Document.encode(source), instant.milliseconds,
                ]
            )
            return task
        }
    }

    /// Forgets the task with all its history, models' records and logs, but for the numbers that it has used up.
    package func removeTask(_ name: String) throws(StoreError) {
        try write { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT state FROM tasks WHERE name = ?", arguments: [name])
            else {
                throw StoreError.notFound("task \(name)")
            }
            let state = try row.document(TaskState.self, "state")
            try db.execute(
                sql: "INSERT OR REPLACE INTO retired (name, epoch, models, attempts) VALUES (?, ?, ?, ?)",
                arguments: [name, state.epoch, state.modelCount, state.attemptCount]
            )
            try db.execute(sql: "DELETE FROM tasks WHERE name = ?", arguments: [name])
        }
    }

    /// All tasks by name, as they were last saved.
    package func loadTasks() throws(StoreError) -> [(task: TaskState, source: SourceState)] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM tasks ORDER BY name").map { row in
                let newest: Int = max(row["stateVersion"], row["sourceVersion"])
                guard newest <= Document.stateVersion else {
                    throw StoreError.newerSchema(path: path.path, found: "a state of format \(newest)")
                }
                return (try row.document(TaskState.self, "state"), try row.document(SourceState.self, "source"))
            }
        }
    }

    /// Stores what one event made of a task: its state, the history that it left, and the end of the effect that it
    /// carried out.
    ///
    /// - Parameter effect: The delivery that this event was. It is struck off in the same transaction, so that a
    ///   release is never lost between the two, nor delivered again after.
    /// - Throws: `StoreError.fenced` where the effect was claimed anew or is done; `StoreError.notFound` where the task
    ///   was removed. The caller must then drop the new state.
    package func save(
        _ task: TaskState,
        records: [Core.Record],
        completing effect: PendingEffect? = nil,
        at instant: Instant
    ) throws(StoreError) {
        try write { db in
            try db.execute(
                sql: "UPDATE tasks SET state = ?, stateVersion = ?, stateChanged = ? WHERE name = ?",
                arguments: [
                    try Document.encode(task), Document.stateVersion, instant.milliseconds, task.task,
                ]
            )
            if db.changesCount == 0 { throw StoreError.notFound("task \(task.task)") }
            for record in records { try insert(record, of: task.task, in: db) }
            if let effect { try complete(effect, in: db) }
        }
    }

    /// Stores what one poll made of a source, with the builds that it wants and the events that it left.
    ///
    /// A revision that still waits for its build is superseded by a newer one here; a build that has begun is ended by
    /// whoever carries it out, with `supersedeBuild`.
    package func save(
        _ source: SourceState,
        effects: [SourceEffect],
        at instant: Instant
    ) throws(StoreError) {
        try write { db in
            try db.execute(
                sql: "UPDATE tasks SET source = ?, sourceVersion = ?, sourceChanged = ? WHERE name = ?",
                arguments: [
                    try Document.encode(source), Document.stateVersion, instant.milliseconds, source.task,
                ]
            )
            if db.changesCount == 0 { throw StoreError.notFound("task \(source.task)") }
            for effect in effects {
                switch effect {
                case .build(let key): try queue(key, of: source.task, at: instant, in: db)
                case .record(let event): try insert(event, in: db)
                }
            }
        }
    }
}
