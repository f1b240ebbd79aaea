import Core
import GRDB

extension Store {
    func insert(_ record: Core.Record, of task: String, in db: Database) throws {
        switch record {
        case .rollout(let rollout): try upsert(rollout, of: task, in: db)
        case .run(let run): try upsert(run, of: task, in: db)
        case .round(let round): try upsert(round, in: db)
        case .model(let model): try insert(model, in: db)
        case .event(let event): try insert(event, in: db)
        }
    }

    private func upsert(_ rollout: Rollout, of task: String, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO rollouts (task, number, phase, started, ended, document) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET phase = excluded.phase, ended = excluded.ended, document = excluded.document
                """,
            arguments: [
                task, rollout.number, rollout.phase.rawValue, rollout.started.milliseconds,
                rollout.ended?.milliseconds, try Document.encode(rollout),
            ]
        )
    }

    private func upsert(_ run: Run, of task: String, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO runs (task, number, status, done, started, ended, document) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (task, number) DO UPDATE SET
                    status = excluded.status, done = excluded.done, ended = excluded.ended, document = excluded.document
                """,
            arguments: [
                task, run.number, run.status.rawValue, run.done, run.started.milliseconds, run.ended?.milliseconds,
                try Document.encode(run),
            ]
        )
    }

    private func upsert(_ round: RoundRecord, in db: Database) throws {
        let ticket = round.ticket
        try db.execute(
            sql: """
                INSERT INTO rounds (task, epoch, run, round, status, "commit", started, ended, document)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (task, epoch) DO UPDATE SET
                    status = excluded.status, ended = excluded.ended, document = excluded.document
                """,
            arguments: [
                ticket.task, ticket.epoch, ticket.run, ticket.round, round.status.rawValue, ticket.commit.text,
                ticket.issued.milliseconds, round.ended?.milliseconds, try Document.encode(round),
            ]
        )
    }

    private func insert(_ model: ModelRecord, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO models (task, version, digest, epoch, run, round, "commit", parent, created, document)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                model.task, model.version, model.digest.hex, model.epoch, model.run, model.round, model.commit.text,
                model.parent, model.created.milliseconds, try Document.encode(model),
            ]
        )
    }

    func insert(_ event: EventRecord, in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO events (task, node, at, kind, message) VALUES (?, ?, ?, ?, ?)",
            arguments: [event.task, event.node, event.at.milliseconds, event.kind.rawValue, event.message]
        )
        if db.lastInsertedRowID % 256 == 0 { try pruneEvents(in: db) }
    }

    private func pruneEvents(in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM events WHERE id IN (
                    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY task ORDER BY id DESC) AS place FROM events)
                    WHERE place > ?
                )
                """,
            arguments: [limits.events]
        )
    }
}
