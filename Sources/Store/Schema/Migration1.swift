extension Schema {
    /// Instants are milliseconds since 1970; documents are JSON, each with the version of its format beside it where it
    /// is read back as a state; commits and digests are lower-case hexadecimal.
    static let migration1 = """
        PRAGMA application_id = \(applicationID);

        CREATE TABLE boots (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            count INTEGER NOT NULL CHECK (count > 0)
        ) STRICT;

        CREATE TABLE secrets (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL CHECK (length(value) = 64)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE tasks (
            name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
            created INTEGER NOT NULL,
            stateVersion INTEGER NOT NULL CHECK (stateVersion > 0),
            state TEXT NOT NULL CHECK (json_valid(state)),
            stateChanged INTEGER NOT NULL,
            sourceVersion INTEGER NOT NULL CHECK (sourceVersion > 0),
            source TEXT NOT NULL CHECK (json_valid(source)),
            sourceChanged INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE revisions (
            task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number > 0),
            name TEXT NOT NULL,
            "commit" TEXT NOT NULL CHECK (length("commit") IN (40, 64)),
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'building', 'testing', 'packing', 'ready', 'failed', 'superseded')),
            subject TEXT,
            author TEXT,
            created INTEGER NOT NULL,
            finished INTEGER,
            reason TEXT,
            logTail TEXT CHECK (logTail IS NULL OR json_valid(logTail)),
            digest TEXT CHECK (digest IS NULL OR length(digest) = 64),
            environment TEXT CHECK (environment IS NULL OR length(environment) = 64),
            files INTEGER CHECK (files >= 0),
            bytes INTEGER CHECK (bytes >= 0),
            release TEXT CHECK (release IS NULL OR json_valid(release)),
            PRIMARY KEY (task, number),
            CHECK ((state = 'ready') = (release IS NOT NULL)),
            CHECK ((state = 'ready') = (digest IS NOT NULL)),
            CHECK ((state IN ('ready', 'failed', 'superseded')) = (finished IS NOT NULL)),
            CHECK (state <> 'failed' OR reason IS NOT NULL)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX revisionsByName ON revisions (task, name);
        CREATE INDEX revisionsByCommit ON revisions (task, "commit");

        -- What is still to be done, written in the transaction that decided it. A revision has at most one effect: its
        -- build, which turns into the delivery of its release.
        CREATE TABLE effects (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            task TEXT NOT NULL,
            revision INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('build', 'deliver')),
            generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
            created INTEGER NOT NULL,
            UNIQUE (task, revision),
            FOREIGN KEY (task, revision) REFERENCES revisions (task, number) ON DELETE CASCADE
        ) STRICT;

        CREATE TABLE rollouts (
            task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number > 0),
            phase TEXT NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER,
            document TEXT NOT NULL CHECK (json_valid(document)),
            PRIMARY KEY (task, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE runs (
            task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number > 0),
            status TEXT NOT NULL CHECK (status IN ('running', 'completed', 'stopped', 'failed', 'superseded')),
            done INTEGER NOT NULL CHECK (done >= 0),
            started INTEGER NOT NULL,
            ended INTEGER,
            document TEXT NOT NULL CHECK (json_valid(document)),
            PRIMARY KEY (task, number),
            CHECK ((status = 'running') = (ended IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX oneRunAtATime ON runs (task) WHERE status = 'running';

        CREATE TABLE rounds (
            task TEXT NOT NULL,
            epoch INTEGER NOT NULL CHECK (epoch > 0),
            run INTEGER NOT NULL,
            round INTEGER NOT NULL CHECK (round > 0),
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'aborted')),
            "commit" TEXT NOT NULL CHECK (length("commit") IN (40, 64)),
            started INTEGER NOT NULL,
            ended INTEGER,
            document TEXT NOT NULL CHECK (json_valid(document)),
            PRIMARY KEY (task, epoch),
            FOREIGN KEY (task, run) REFERENCES runs (task, number)
                ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            CHECK ((status = 'running') = (ended IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX roundsByRun ON rounds (task, run, epoch);
        CREATE UNIQUE INDEX oneRoundAtATime ON rounds (task) WHERE status = 'running';
        CREATE UNIQUE INDEX oneFinishOfARound ON rounds (task, run, round) WHERE status = 'finished';
        CREATE TRIGGER roundsEndOnce BEFORE UPDATE ON rounds WHEN OLD.status <> 'running'
        BEGIN
            SELECT RAISE(ABORT, 'a round that has ended does not change');
        END;

        CREATE TABLE models (
            task TEXT NOT NULL,
            version INTEGER NOT NULL CHECK (version > 0),
            digest TEXT NOT NULL CHECK (length(digest) = 64),
            epoch INTEGER NOT NULL,
            run INTEGER NOT NULL,
            round INTEGER NOT NULL,
            "commit" TEXT NOT NULL CHECK (length("commit") IN (40, 64)),
            parent INTEGER CHECK (parent < version),
            created INTEGER NOT NULL,
            document TEXT NOT NULL CHECK (json_valid(document)),
            PRIMARY KEY (task, version),
            UNIQUE (task, epoch),
            FOREIGN KEY (task, epoch) REFERENCES rounds (task, epoch)
                ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            FOREIGN KEY (task, parent) REFERENCES models (task, version)
                ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER modelsStay BEFORE UPDATE ON models
        BEGIN
            SELECT RAISE(ABORT, 'a global model does not change');
        END;

        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
            node TEXT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('info', 'warning')),
            message TEXT NOT NULL
        ) STRICT;
        CREATE INDEX eventsByTask ON events (task, id);

        CREATE TABLE nodes (
            name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
            role TEXT NOT NULL CHECK (role IN ('server', 'client')),
            labels TEXT NOT NULL CHECK (json_type(labels) = 'object'),
            draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1)),
            joined INTEGER NOT NULL,
            secretHash TEXT NOT NULL UNIQUE CHECK (length(secretHash) = 64),
            lastSeen INTEGER
        ) STRICT, WITHOUT ROWID;

        -- A token is kept after its use, so that who joined with it can be told; its node may be gone by then.
        CREATE TABLE tokens (
            id TEXT PRIMARY KEY,
            hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
            role TEXT NOT NULL CHECK (role IN ('server', 'client')),
            labels TEXT NOT NULL CHECK (json_type(labels) = 'object'),
            node TEXT,
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            usedBy TEXT,
            usedAt INTEGER,
            CHECK ((usedBy IS NULL) = (usedAt IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE logs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
            node TEXT NOT NULL,
            boot INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            at INTEGER NOT NULL,
            stage TEXT NOT NULL,
            epoch INTEGER,
            text TEXT NOT NULL,
            UNIQUE (task, node, boot, sequence)
        ) STRICT;
        CREATE INDEX logsByTask ON logs (task, id);

        -- Sums of `logs`, so that a full log is noticed without counting it at each line.
        CREATE TABLE logUsage (
            task TEXT PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
            lines INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER logsAdded AFTER INSERT ON logs
        BEGIN
            INSERT INTO logUsage VALUES (NEW.task, 1, length(CAST(NEW.text AS BLOB)))
            ON CONFLICT DO UPDATE SET lines = lines + 1, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER logsRemoved AFTER DELETE ON logs
        BEGIN
            UPDATE logUsage SET lines = lines - 1, bytes = bytes - length(CAST(OLD.text AS BLOB)) WHERE task = OLD.task;
        END;
        """
}
