-- The log database as users query it. Times are Unix seconds; nothing here refers to another
-- table by a foreign key, so that a record is kept even when the one that it belongs to was lost.

PRAGMA application_id = 1346913602; -- "PHEB": tells this database from other programs' ones

-- AUTOINCREMENT: an id is never given twice, so an old token never becomes somebody else.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE,
    hashed_password TEXT NOT NULL,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT 'student',
    created_at REAL NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 1
);
-- Not unique: databases of older servers may hold addresses that differ by case only.
CREATE INDEX users_email_folded ON users (lower(email));

-- user_id is text: in mode external it is the upstream's subject, in mode password an address.
CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT,
    full_name TEXT,
    created_at REAL NOT NULL,
    destroyed_at REAL,
    last_activity REAL,
    port INTEGER,
    client_ip TEXT,
    user_agent TEXT,
    project_name TEXT,
    termination_reason TEXT,
    status TEXT NOT NULL DEFAULT 'active',
    exit_detail TEXT
);
CREATE INDEX sessions_status ON sessions (status);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE session_metrics (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    timestamp REAL NOT NULL,
    memory_used_mb REAL
);
CREATE INDEX session_metrics_session ON session_metrics (session_id, timestamp);
CREATE INDEX session_metrics_time ON session_metrics (timestamp);

CREATE TABLE session_commands (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    timestamp REAL NOT NULL,
    command_name TEXT NOT NULL,
    success INTEGER NOT NULL,
    execution_time_ms REAL,
    error_message TEXT
);
CREATE INDEX session_commands_session ON session_commands (session_id, timestamp);
CREATE INDEX session_commands_time ON session_commands (timestamp);
