-- Long commands, and what came of them. Times are Unix seconds.

CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY NOT NULL,
    session_id TEXT NOT NULL,                -- may have ended
    user_id TEXT,
    command TEXT NOT NULL,                   -- its name
    is_submitted INTEGER NOT NULL,           -- runs again after a restart; else a caller waited
    idempotency_key TEXT,
    body_hash BLOB NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,
    progress REAL NOT NULL DEFAULT 0,        -- of one that has ended, from 0 to 1
    submitted_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    error TEXT
);
CREATE UNIQUE INDEX jobs_key ON jobs (session_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_session ON jobs (session_id, submitted_at);
CREATE INDEX jobs_unfinished ON jobs (submitted_at) WHERE finished_at IS NULL;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- The command as it was sent, until it is done; what it answered, after that. Compressed.
CREATE TABLE job_bodies (job_id TEXT PRIMARY KEY NOT NULL, compressed BLOB NOT NULL);
CREATE TABLE job_results (job_id TEXT PRIMARY KEY NOT NULL, compressed BLOB NOT NULL);
