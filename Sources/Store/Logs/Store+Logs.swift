package import Core
import GRDB

/// A line with its place among all lines; ids rise in the order of arrival and are never used again.
package struct StoredLogLine: Sendable, Equatable {
    package var id: Int64
    package var line: LogLine
}

/// Which lines are asked for; what is `nil` isn't asked about.
package struct LogQuery: Sendable, Equatable {
    package var task: String
    package var node: String?
    package var stage: String?
    package var epoch: Int?

    package init(task: String, node: String? = nil, stage: String? = nil, epoch: Int? = nil) {
        self.task = task
        self.node = node
        self.stage = stage
        self.epoch = epoch
    }
}

extension Store {
    /// Stores lines of one node. Those that are there already (same task, boot and sequence), and those of tasks that
    /// aren't any more, are passed over. Then the oldest lines go, where a task has more than `limits` allow.
    ///
    /// - Parameter boot: The boot of the node's manager that numbered the lines.
    package func appendLogs(_ lines: [LogLine], node: String, boot: Int) throws(StoreError) {
        try write { db in
            let statement = try db.makeStatement(
                sql: """
                    INSERT INTO logs (task, node, boot, sequence, at, stage, epoch, text)
                    SELECT name, ?, ?, ?, ?, ?, ?, ? FROM tasks WHERE name = ? ON CONFLICT DO NOTHING
                    """
            )
            for line in lines {
                try statement.execute(
                    arguments: [
                        node, boot, line.sequence, line.at.milliseconds, line.stage, line.epoch, line.text, line.task,
                    ]
                )
            }
            for task in Set(lines.map(\.task)) { try pruneLogs(of: task, in: db) }
        }
    }

    /// Up to `limit` lines with a higher id than `after`, oldest first.
    package func logs(_ query: LogQuery, after: Int64 = 0, limit: Int) throws(StoreError) -> [StoredLogLine] {
        try fetch(query, "id > ?", after, "ORDER BY id LIMIT ?", limit)
    }

    /// The newest `limit` lines, oldest of them first.
    package func newestLogs(_ query: LogQuery, limit: Int) throws(StoreError) -> [StoredLogLine] {
        try fetch(query, "id > ?", 0, "ORDER BY id DESC LIMIT ?", limit).reversed()
    }

    private func fetch(
        _ query: LogQuery,
        _ condition: String,
        _ value: Int64,
        _ rest: String,
        _ limit: Int
    ) throws(StoreError) -> [StoredLogLine] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM logs WHERE task = ? AND \(condition) AND (? IS NULL OR node = ?)
                        AND (? IS NULL OR stage = ?) AND (? IS NULL OR epoch = ?) \(rest)
                    """,
                arguments: [
                    query.task, value, query.node, query.node, query.stage, query.stage, query.epoch, query.epoch,
                    limit,
                ]
            ).map { row in
                StoredLogLine(
                    id: row["id"],
                    line: LogLine(
                        sequence: row["sequence"],
                        at: row.instant("at"),
                        task: row["task"],
                        node: row["node"],
                        stage: row["stage"],
                        epoch: row["epoch"],
                        text: row["text"]
                    )
                )
            }
        }
    }

    /// Takes the oldest lines away, a tenth more than has to go, so that it isn't done at every line from then on.
    private func pruneLogs(of task: String, in db: Database) throws {
        func usage() throws -> (lines: Int, bytes: Int) {
            let row = try Row.fetchOne(db, sql: "SELECT * FROM logUsage WHERE task = ?", arguments: [task])
            return (row?["lines"] ?? 0, row?["bytes"] ?? 0)
        }
        var used = try usage()
        guard used.lines > limits.logLines || used.bytes > limits.logBytes else { return }
        let step = max(1, limits.logLines / 10)
        let (lines, bytes) = (limits.logLines - step, limits.logBytes / 10 * 9)
        while used.lines > 0, used.lines > lines || used.bytes > bytes {
            let excess = max(used.lines - lines, 1)
            try db.execute(
                sql: "DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE task = ? ORDER BY id LIMIT ?)",
                arguments: [task, used.bytes > bytes ? max(excess, min(step, used.lines / 10)) : excess]
            )
            used = try usage()
        }
    }
}
