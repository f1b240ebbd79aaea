import Core
import GRDB

extension Store {
    /// All that is still to be done, in the order in which it was decided. A controller that starts does it again from
    /// the beginning: effects are idempotent.
    package func pendingEffects() throws(StoreError) -> [PendingEffect] {
        try read { try pending(in: $0, sql: "ORDER BY effects.id", arguments: []) }
    }

    /// Takes the effect over from whoever had it. From now on only what this returns is allowed to write; `nil` where
    /// the effect is done, or has become another.
    package func claim(_ effect: PendingEffect) throws(StoreError) -> PendingEffect? {
        try write { db in
            try db.execute(
                sql: "UPDATE effects SET generation = generation + 1 WHERE id = ? AND kind = ?",
                arguments: [effect.id, effect.word]
            )
            guard db.changesCount == 1 else { return nil }
            return try pending(in: db, sql: "WHERE effects.id = ?", arguments: [effect.id]).first
        }
    }

    private func pending(
        in db: Database,
        sql: String,
        arguments: StatementArguments
    ) throws -> [PendingEffect] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT effects.*, revisions.name, revisions."commit", revisions.release FROM effects
                JOIN revisions ON revisions.task = effects.task AND revisions.number = effects.revision \(sql)
                """,
            arguments: arguments
        ).map { row in
            let kind: PendingEffect.Kind =
                row["kind"] == "build"
                ? .build(RevisionKey(number: row["revision"], name: row["name"], commit: try row.commit("commit")))
                : .deliver(try row.document(Release.self, "release"))
            return PendingEffect(id: row["id"], task: row["task"], generation: row["generation"], kind: kind)
        }
    }

    /// Strikes the effect off; only its newest claim may.
    func complete(_ effect: PendingEffect, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM effects WHERE id = ? AND kind = ? AND generation = ?",
            arguments: [effect.id, effect.word, effect.generation]
        )
        if db.changesCount == 0 { throw StoreError.fenced(effect.name) }
    }

    /// Throws unless this is the newest claim of an effect that isn't done.
    func fence(_ effect: PendingEffect, in db: Database) throws {
        let holds = try Bool.fetchOne(
            db,
            sql: "SELECT EXISTS (SELECT 1 FROM effects WHERE id = ? AND kind = ? AND generation = ?)",
            arguments: [effect.id, effect.word, effect.generation]
        )
        if holds != true { throw StoreError.fenced(effect.name) }
    }
}
