-- What logging in needs: when a user's tokens were last taken back, tokens for scripts, the audit.

-- A login token carries the generation at which it was made; it counts while they are the same.
ALTER TABLE users ADD COLUMN token_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN last_login REAL;

-- The address without its case, which SQLite's lower() knows for ASCII only. phoebed fills it in;
-- NULL means not yet. Not unique: older servers' users may have addresses that differ by case only.
ALTER TABLE users ADD COLUMN email_folded TEXT;
DROP INDEX users_email_folded;
CREATE INDEX users_email_folded ON users (email_folded);
CREATE TRIGGER users_email_changed AFTER UPDATE OF email ON users
BEGIN UPDATE users SET email_folded = NULL WHERE id = new.id; END;

-- Tokens that an operator made for scripts: their ids (jti), never the tokens.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL,
    label TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    revoked_at REAL
);
CREATE INDEX tokens_user ON tokens (user_id);

-- actor did it (a user's id, or uid:0 for an operator), user_id is whom it concerns.
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
