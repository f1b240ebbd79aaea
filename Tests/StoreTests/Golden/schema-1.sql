PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1');
CREATE TABLE boots (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL CHECK (count > 0)
) STRICT;
INSERT INTO boots VALUES(1,1);
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (length(value) = 64)
) STRICT, WITHOUT ROWID;
INSERT INTO secrets VALUES('tickets','0000000000000000000000000000000000000000000000000000000000000000');
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
INSERT INTO tasks VALUES('digits',1760000000000,1,'{"accepted":{"epoch":4,"model":{"digest":"sha256:000000000000000000000000000000000000000000000000000000000000138c","version":3}},"attemptCount":2,"base":{"latest":{}},"current":3,"epoch":5,"holds":{},"latestRelease":3,"lease":15,"members":{"server":{"assigned":3,"attempt":2,"draining":false,"engineURL":"http://127.0.0.1:9443","labels":{},"node":"server","order":{"boot":1,"bootID":"b","sequence":4},"report":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","phase":"ready","task":"digits"},"role":"server"},"site-1":{"assigned":3,"attempt":2,"draining":false,"engineURL":"http://127.0.0.1:9443","labels":{},"node":"site-1","order":{"boot":1,"bootID":"b","sequence":5},"report":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","phase":"ready","task":"digits"},"role":"client"},"site-2":{"assigned":3,"attempt":2,"draining":false,"engineURL":"http://127.0.0.1:9443","labels":{},"node":"site-2","order":{"boot":1,"bootID":"b","sequence":6},"report":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","phase":"ready","task":"digits"},"role":"client"}},"model":{"digest":"sha256:000000000000000000000000000000000000000000000000000000000000138c","version":3},"modelCount":3,"quietSince":"2025-10-09T08:53:24.900Z","releases":{"2":{"commit":"0000000000000000000000000000000000000002","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003ea","name":"v1.2.0","number":2,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"3":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003eb","name":"v1.3.0","number":3,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}}},"rollout":{"ended":"2025-10-09T08:53:24.900Z","from":{"commit":"0000000000000000000000000000000000000002","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003ea","name":"v1.2.0","number":2,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"holdUntil":"2025-10-09T08:53:24.900Z","kind":"deploy","moved":["server","site-1","site-2"],"number":2,"phase":"completed","started":"2025-10-09T08:53:21.600Z","to":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003eb","name":"v1.3.0","number":3,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"wave":0,"waveStarted":"2025-10-09T08:53:21.600Z"},"rolloutCount":2,"round":{"excluded":[],"policy":"finish","ticket":{"base":{"digest":"sha256:000000000000000000000000000000000000000000000000000000000000138c","version":3},"clients":["site-1","site-2"],"commit":"0000000000000000000000000000000000000003","deadline":"2025-10-09T09:03:25.100Z","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","epoch":5,"epochs":2,"issued":"2025-10-09T08:53:25.100Z","minimum":2,"round":4,"run":2,"server":"server","serverURL":"http://127.0.0.1:9443","strategy":"fedavg","task":"digits","trainBy":"2025-10-09T09:01:25.100Z","version":4}},"run":{"continues":1,"done":3,"epochs":2,"failures":0,"goal":10,"number":2,"release":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003eb","name":"v1.3.0","number":3,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"started":"2025-10-09T08:53:24.900Z","status":"running"},"runCount":2,"task":"digits"}',1760000005100,1,'{"chosen":{"commit":"0000000000000000000000000000000000000004","name":"v1.3.0","number":4},"failures":0,"revisionCount":4,"spec":{"branch":"main","deployOn":"tag","flow":"fedops.yaml","interval":30,"tags":"*","url":"https://git.example/digits.git"},"tags":{},"task":"digits","unreachable":[]}',1760000005200);
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
INSERT INTO revisions VALUES('digits',1,'v1.0.0','0000000000000000000000000000000000000001','failed',NULL,NULL,1760000000400,1760000000400,'step test-1 ended with 1','["assert 1 == 2"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO revisions VALUES('digits',2,'v1.2.0','0000000000000000000000000000000000000002','ready','Train longer','A. Author',1760000000500,1760000000500,NULL,NULL,'0000000000000000000000000000000000000000000000000000000000000002','00000000000000000000000000000000000000000000000000000000000003ea',3,4096,'{"commit":"0000000000000000000000000000000000000002","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003ea","name":"v1.2.0","number":2,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}}');
INSERT INTO revisions VALUES('digits',3,'v1.3.0','0000000000000000000000000000000000000003','ready','Train longer','A. Author',1760000001500,1760000001500,NULL,NULL,'0000000000000000000000000000000000000000000000000000000000000003','00000000000000000000000000000000000000000000000000000000000003eb',3,4096,'{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003eb","name":"v1.3.0","number":3,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}}');
INSERT INTO revisions VALUES('digits',4,'v1.3.0','0000000000000000000000000000000000000004','queued',NULL,NULL,1760000005200,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO effects VALUES(4,'digits',4,'build',0,1760000005200);
CREATE TABLE rollouts (
    task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number > 0),
    phase TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    document TEXT NOT NULL CHECK (json_valid(document)),
    PRIMARY KEY (task, number)
) STRICT, WITHOUT ROWID;
INSERT INTO rollouts VALUES('digits',1,'completed',1760000000600,1760000000700,'{"ended":"2025-10-09T08:53:20.700Z","holdUntil":"2025-10-09T08:53:20.700Z","kind":"deploy","moved":["server","site-1","site-2"],"number":1,"phase":"completed","started":"2025-10-09T08:53:20.600Z","to":{"commit":"0000000000000000000000000000000000000002","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003ea","name":"v1.2.0","number":2,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"wave":0,"waveStarted":"2025-10-09T08:53:20.600Z"}');
INSERT INTO rollouts VALUES('digits',2,'completed',1760000001600,1760000004900,'{"ended":"2025-10-09T08:53:24.900Z","from":{"commit":"0000000000000000000000000000000000000002","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003ea","name":"v1.2.0","number":2,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"holdUntil":"2025-10-09T08:53:24.900Z","kind":"deploy","moved":["server","site-1","site-2"],"number":2,"phase":"completed","started":"2025-10-09T08:53:21.600Z","to":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003eb","name":"v1.3.0","number":3,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"wave":0,"waveStarted":"2025-10-09T08:53:21.600Z"}');
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
INSERT INTO runs VALUES('digits',1,'superseded',2,1760000001100,1760000004900,'{"done":2,"ended":"2025-10-09T08:53:24.900Z","epochs":2,"failures":1,"goal":10,"number":1,"reason":"run 2 goes on with revision v1.3.0","release":{"commit":"0000000000000000000000000000000000000002","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003ea","name":"v1.2.0","number":2,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"retryAt":"2025-10-09T08:53:23.400Z","started":"2025-10-09T08:53:21.100Z","status":"superseded"}');
INSERT INTO runs VALUES('digits',2,'running',3,1760000004900,NULL,'{"continues":1,"done":3,"epochs":2,"failures":0,"goal":10,"number":2,"release":{"commit":"0000000000000000000000000000000000000003","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","environment":"sha256:00000000000000000000000000000000000000000000000000000000000003eb","name":"v1.3.0","number":3,"policy":{"onNewRevision":"finish","participants":{"clients":{},"minimum":2,"server":{},"wait":30},"rollout":{"health":120,"hold":0,"onFailure":"rollback","waves":[]},"rounds":{"count":1,"deadline":600,"epochs":1,"strategy":"fedavg"}}},"started":"2025-10-09T08:53:24.900Z","status":"running"}');
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
INSERT INTO rounds VALUES('digits',1,1,1,'finished','0000000000000000000000000000000000000002',1760000001100,1760000001200,'{"ended":"2025-10-09T08:53:21.200Z","excluded":[],"result":{"bytes":1024,"contributions":[{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-1","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"},{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-2","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"}],"evaluation":{"accuracy":0.95},"missing":[],"model":"sha256:0000000000000000000000000000000000000000000000000000000000001389","trainMetrics":{}},"status":"finished","ticket":{"clients":["site-1","site-2"],"commit":"0000000000000000000000000000000000000002","deadline":"2025-10-09T09:03:21.100Z","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","epoch":1,"epochs":2,"initializer":"site-1","issued":"2025-10-09T08:53:21.100Z","minimum":2,"round":1,"run":1,"server":"server","serverURL":"http://127.0.0.1:9443","strategy":"fedavg","task":"digits","trainBy":"2025-10-09T09:01:21.100Z","version":1}}');
INSERT INTO rounds VALUES('digits',2,1,2,'finished','0000000000000000000000000000000000000002',1760000001200,1760000001300,'{"ended":"2025-10-09T08:53:21.300Z","excluded":[],"result":{"bytes":1024,"contributions":[{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-1","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"},{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-2","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"}],"evaluation":{"accuracy":0.95},"missing":[],"model":"sha256:000000000000000000000000000000000000000000000000000000000000138a","trainMetrics":{}},"status":"finished","ticket":{"base":{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000001389","version":1},"clients":["site-1","site-2"],"commit":"0000000000000000000000000000000000000002","deadline":"2025-10-09T09:03:21.200Z","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","epoch":2,"epochs":2,"issued":"2025-10-09T08:53:21.200Z","minimum":2,"round":2,"run":1,"server":"server","serverURL":"http://127.0.0.1:9443","strategy":"fedavg","task":"digits","trainBy":"2025-10-09T09:01:21.200Z","version":2}}');
INSERT INTO rounds VALUES('digits',3,1,3,'failed','0000000000000000000000000000000000000002',1760000001300,1760000001400,'{"ended":"2025-10-09T08:53:21.400Z","excluded":[],"reason":"1 of 2 clients answered","status":"failed","ticket":{"base":{"digest":"sha256:000000000000000000000000000000000000000000000000000000000000138a","version":2},"clients":["site-1","site-2"],"commit":"0000000000000000000000000000000000000002","deadline":"2025-10-09T09:03:21.300Z","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000002","epoch":3,"epochs":2,"issued":"2025-10-09T08:53:21.300Z","minimum":2,"round":3,"run":1,"server":"server","serverURL":"http://127.0.0.1:9443","strategy":"fedavg","task":"digits","trainBy":"2025-10-09T09:01:21.300Z","version":3}}');
INSERT INTO rounds VALUES('digits',4,2,3,'finished','0000000000000000000000000000000000000003',1760000004900,1760000005100,'{"ended":"2025-10-09T08:53:25.100Z","excluded":[],"result":{"bytes":1024,"contributions":[{"commit":"0000000000000000000000000000000000000003","examples":100,"metrics":{"loss":0.25},"node":"site-1","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"},{"commit":"0000000000000000000000000000000000000003","examples":100,"metrics":{"loss":0.25},"node":"site-2","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"}],"evaluation":{"accuracy":0.95},"missing":[],"model":"sha256:000000000000000000000000000000000000000000000000000000000000138c","trainMetrics":{}},"status":"finished","ticket":{"base":{"digest":"sha256:000000000000000000000000000000000000000000000000000000000000138a","version":2},"clients":["site-1","site-2"],"commit":"0000000000000000000000000000000000000003","deadline":"2025-10-09T09:03:24.900Z","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","epoch":4,"epochs":2,"issued":"2025-10-09T08:53:24.900Z","minimum":2,"round":3,"run":2,"server":"server","serverURL":"http://127.0.0.1:9443","strategy":"fedavg","task":"digits","trainBy":"2025-10-09T09:01:24.900Z","version":3}}');
INSERT INTO rounds VALUES('digits',5,2,4,'running','0000000000000000000000000000000000000003',1760000005100,NULL,'{"excluded":[],"status":"running","ticket":{"base":{"digest":"sha256:000000000000000000000000000000000000000000000000000000000000138c","version":3},"clients":["site-1","site-2"],"commit":"0000000000000000000000000000000000000003","deadline":"2025-10-09T09:03:25.100Z","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000003","epoch":5,"epochs":2,"issued":"2025-10-09T08:53:25.100Z","minimum":2,"round":4,"run":2,"server":"server","serverURL":"http://127.0.0.1:9443","strategy":"fedavg","task":"digits","trainBy":"2025-10-09T09:01:25.100Z","version":4}}');
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
INSERT INTO models VALUES('digits',1,'0000000000000000000000000000000000000000000000000000000000001389',1,1,1,'0000000000000000000000000000000000000002',NULL,1760000001200,'{"artifact":"sha256:0000000000000000000000000000000000000000000000000000000000000002","bytes":1024,"commit":"0000000000000000000000000000000000000002","contributions":[{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-1","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"},{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-2","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"}],"created":"2025-10-09T08:53:21.200Z","digest":"sha256:0000000000000000000000000000000000000000000000000000000000001389","epoch":1,"evaluation":{"accuracy":0.95},"node":"server","release":"v1.2.0","round":1,"run":1,"task":"digits","trainMetrics":{},"version":1}');
INSERT INTO models VALUES('digits',2,'000000000000000000000000000000000000000000000000000000000000138a',2,1,2,'0000000000000000000000000000000000000002',1,1760000001300,'{"artifact":"sha256:0000000000000000000000000000000000000000000000000000000000000002","bytes":1024,"commit":"0000000000000000000000000000000000000002","contributions":[{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-1","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"},{"commit":"0000000000000000000000000000000000000002","examples":100,"metrics":{"loss":0.25},"node":"site-2","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"}],"created":"2025-10-09T08:53:21.300Z","digest":"sha256:000000000000000000000000000000000000000000000000000000000000138a","epoch":2,"evaluation":{"accuracy":0.95},"node":"server","parent":1,"release":"v1.2.0","round":2,"run":1,"task":"digits","trainMetrics":{},"version":2}');
INSERT INTO models VALUES('digits',3,'000000000000000000000000000000000000000000000000000000000000138c',4,2,3,'0000000000000000000000000000000000000003',2,1760000005100,'{"artifact":"sha256:0000000000000000000000000000000000000000000000000000000000000003","bytes":1024,"commit":"0000000000000000000000000000000000000003","contributions":[{"commit":"0000000000000000000000000000000000000003","examples":100,"metrics":{"loss":0.25},"node":"site-1","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"},{"commit":"0000000000000000000000000000000000000003","examples":100,"metrics":{"loss":0.25},"node":"site-2","seconds":1.5,"update":"sha256:0000000000000000000000000000000000000000000000000000000000000007"}],"created":"2025-10-09T08:53:25.100Z","digest":"sha256:000000000000000000000000000000000000000000000000000000000000138c","epoch":4,"evaluation":{"accuracy":0.95},"node":"server","parent":2,"release":"v1.3.0","round":3,"run":2,"task":"digits","trainMetrics":{},"version":3}');
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
    node TEXT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('info', 'warning')),
    message TEXT NOT NULL
) STRICT;
INSERT INTO events VALUES(1,'digits',NULL,1760000000400,'warning','v1.0.0 failed');
INSERT INTO events VALUES(2,'digits',NULL,1760000001400,'warning','round 3 (epoch 3) failed: 1 of 2 clients answered');
CREATE TABLE nodes (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
    role TEXT NOT NULL CHECK (role IN ('server', 'client')),
    labels TEXT NOT NULL CHECK (json_type(labels) = 'object'),
    draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1)),
    joined INTEGER NOT NULL,
    secretHash TEXT NOT NULL UNIQUE CHECK (length(secretHash) = 64),
    lastSeen INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO nodes VALUES('server','server','{"site":"centre"}',0,1760000000000,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',NULL);
INSERT INTO nodes VALUES('site-1','client','{"site":"north"}',0,1760000000000,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',NULL);
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
INSERT INTO tokens VALUES('t1','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','client','{"site":"north"}',NULL,1760000000000,1760000060000,'site-1',1760000000000);
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
INSERT INTO logs VALUES(1,'digits','site-1',1,1,1760000001000,'train',4,'loss 0.5');
CREATE TABLE logUsage (
    task TEXT PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
    lines INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO logUsage VALUES('digits',1,8);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('effects',4);
INSERT INTO sqlite_sequence VALUES('events',2);
INSERT INTO sqlite_sequence VALUES('logs',1);
CREATE INDEX revisionsByName ON revisions (task, name);
CREATE INDEX revisionsByCommit ON revisions (task, "commit");
CREATE UNIQUE INDEX oneRunAtATime ON runs (task) WHERE status = 'running';
CREATE INDEX roundsByRun ON rounds (task, run, epoch);
CREATE UNIQUE INDEX oneRoundAtATime ON rounds (task) WHERE status = 'running';
CREATE UNIQUE INDEX oneFinishOfARound ON rounds (task, run, round) WHERE status = 'finished';
CREATE TRIGGER roundsEndOnce BEFORE UPDATE ON rounds WHEN OLD.status <> 'running'
BEGIN
    SELECT RAISE(ABORT, 'a round that has ended does not change');
END;
CREATE TRIGGER modelsStay BEFORE UPDATE ON models
BEGIN
    SELECT RAISE(ABORT, 'a global model does not change');
END;
CREATE INDEX eventsByTask ON events (task, id);
CREATE INDEX logsByTask ON logs (task, id);
CREATE TRIGGER logsAdded AFTER INSERT ON logs
BEGIN
    INSERT INTO logUsage VALUES (NEW.task, 1, length(CAST(NEW.text AS BLOB)))
    ON CONFLICT DO UPDATE SET lines = lines + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER logsRemoved AFTER DELETE ON logs
BEGIN
    UPDATE logUsage SET lines = lines - 1, bytes = bytes - length(CAST(OLD.text AS BLOB)) WHERE task = OLD.task;
END;
COMMIT;
PRAGMA application_id = 1180979056;
