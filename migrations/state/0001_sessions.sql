-- What the daemon needs to put sessions back, for the daemon alone. Times are Unix seconds.

PRAGMA application_id = 1346913619; -- "PHES": tells this database from other programs' ones

CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT,
    full_name TEXT NOT NULL,
    project_name TEXT,                       -- JSON as it was sent
    client_ip TEXT,
    user_agent TEXT,
    created_at REAL NOT NULL,
    last_activity REAL NOT NULL,
    engine TEXT,                             -- of the latest fast snapshot
    died_of TEXT,                            -- cause of the last death of its worker
    deadly_command BLOB,                     -- hash of the command that it died of
    deaths INTEGER NOT NULL DEFAULT 0,       -- in a row, of that command
    last_seq INTEGER NOT NULL DEFAULT 0,     -- number of the latest change
    resumed_at INTEGER,                      -- put back as after this change: later ones are lost
    portable_until INTEGER                   -- first fast snapshot after the portable one
);

-- A fast snapshot is a change with a number of its own; a portable one is another form of the
-- session as it is after the change of its number.
CREATE TABLE snapshots (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    form TEXT NOT NULL CHECK (form IN ('fast', 'portable')),
    engine TEXT NOT NULL,
    checksum BLOB NOT NULL,
    compressed BLOB NOT NULL,
    PRIMARY KEY (session_id, form, seq)
);

CREATE TABLE journal (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (session_id, seq)
);

-- What could not be read, or came after that: kept for rescue until its session is forgotten.
CREATE TABLE damaged (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    form TEXT NOT NULL,                      -- 'fast', 'portable' or 'journal'
    engine TEXT,
    checksum BLOB,
    content BLOB,
    why TEXT NOT NULL,
    set_aside_at REAL NOT NULL
);
CREATE INDEX damaged_session ON damaged (session_id);
