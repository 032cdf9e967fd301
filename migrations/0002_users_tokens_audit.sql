-- Users that log in, tokens that operators make for scripts, and who did what.

-- A login token carries the generation at which it was made; another one makes it void.
ALTER TABLE users ADD COLUMN token_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN last_login REAL;

-- Never the token itself, only its id (the claim "jti").
CREATE TABLE tokens (
    id TEXT PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL,
    label TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    revoked_at REAL
);
CREATE INDEX tokens_user ON tokens (user_id);

-- actor: who did it, a user's id or "uid:0" for an operator; user_id: whom it concerns.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    timestamp REAL NOT NULL,
    event TEXT NOT NULL,
    actor TEXT,
    user_id TEXT,
    email TEXT,
    session_id TEXT,
    client_ip TEXT,
    success INTEGER NOT NULL,
    detail TEXT
);
CREATE INDEX audit_time ON audit (timestamp);
CREATE INDEX audit_user ON audit (user_id, timestamp);
