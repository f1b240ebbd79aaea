package import Core
import GRDB

extension Store {
    /// A task's revisions, newest first.
    package func revisions(_ task: String, limit: Int = 1000) throws(StoreError) -> [RevisionRecord] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT * FROM revisions WHERE task = ? ORDER BY number DESC LIMIT ?",
                arguments: [task, limit]
            ).map(revision)
        }
    }

    /// The revision that a person means: by name, by number, or by its commit, of which seven digits are enough where
    /// no other revision's starts alike. Of several revisions, the newest.
    package func revision(_ task: String, _ reference: String) throws(StoreError) -> RevisionRecord? {
        try read { try find(task, reference, in: $0).map(revision) }
    }

    /// What was built of that revision; `nil` where there is none, or its build isn't ready.
    package func release(_ task: String, _ reference: String) throws(StoreError) -> Release? {
        try read { db in
            guard let row = try find(task, reference, in: db), row["state"] == BuildState.ready.rawValue else {
                return nil
            }
            return try row.document(Release.self, "release")
        }
    }

    private func find(_ task: String, _ reference: String, in db: Database) throws -> Row? {
        func newest(_ condition: String, _ values: StatementArguments) throws -> Row? {
            try Row.fetchOne(
                db,
                sql: "SELECT * FROM revisions WHERE task = ? AND \(condition) ORDER BY number DESC LIMIT 1",
                arguments: [task] + values
            )
        }
        if let row = try newest("name = ?", [reference]) { return row }
        if let number = Int(reference), let row = try newest("number = ?", [number]) { return row }
        guard reference.utf8.count >= 7, reference.isLowercaseHexadecimal else { return nil }
        // As a range, so that the index on commits serves; "g" follows every hexadecimal digit.
        let range: StatementArguments = [reference, reference + "g"]
        let commits = try Int.fetchOne(
            db,
            sql: """
                SELECT count(DISTINCT "commit") FROM revisions WHERE task = ? AND "commit" >= ? AND "commit" < ?
                """,
            arguments: [task] + range
        )
        return commits == 1 ? try newest("\"commit\" >= ? AND \"commit\" < ?", range) : nil
    }

    private func revision(_ row: Row) throws -> RevisionRecord {
        var record = RevisionRecord(
            task: row["task"],
            number: row["number"],
            name: row["name"],
            commit: try row.commit("commit"),
            state: try row.word(BuildState.self, "state"),
            created: row.instant("created")
        )
        record.digest = try row.optionalDigest("digest")
        record.environment = try row.optionalDigest("environment")
        record.subject = row["subject"]
        record.author = row["author"]
        record.finished = row.optionalInstant("finished")
        record.reason = row["reason"]
        record.logTail = try (row["logTail"] as String?).map { try Document.decode([String].self, from: $0) }
        record.files = row["files"]
        record.bytes = row["bytes"]
        return record
    }

    /// Digests of all artifacts and environments that a ready revision consists of: what a clean-up has to keep.
    package func artifacts() throws(StoreError) -> (manifests: Set<ContentDigest>, environments: Set<ContentDigest>) {
        try read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT digest, environment FROM revisions WHERE state = 'ready'")
            return (
                Set(try rows.compactMap { try $0.optionalDigest("digest") }),
                Set(try rows.compactMap { try $0.optionalDigest("environment") })
            )
        }
    }
}
