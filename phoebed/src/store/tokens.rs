//! The tokens that an operator made for scripts: which there are and which were taken back.
//!
//! Knows their ids only, never the tokens. Login tokens have no rows: a user's generation takes
//! them back all at once.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::error::StoreError;
use super::read::{open_reader, reading};
use super::status::unix_now;
use super::text::{SHORT, bounded, finite, time};

/// A row of `tokens`.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenRecord {
    /// The token's `jti`, a UUID.
    pub id: String,
    /// Whose token it is.
    pub user_id: i64,
    /// What it is for, in the operator's words; may be empty.
    pub label: String,
    /// Unix seconds.
    pub created_at: f64,
    /// Unix seconds.
    pub expires_at: f64,
    /// When it was taken back, Unix seconds.
    pub revoked_at: Option<f64>,
}

/// Changes are on the disk when they are answered; a locked or failing database is an error.
impl Store {
    /// Keeps a token's record; false, and nothing is kept, when there is no such user.
    pub async fn add_token(&self, token: TokenRecord) -> Result<bool, StoreError> {
        self.durably(move |tx| insert(tx, &token)).await
    }

    /// The tokens of this user, or of all, the oldest first.
    pub async fn list_tokens(&self, user: Option<i64>) -> Result<Vec<TokenRecord>, StoreError> {
        self.read(move |path| reading(path, list(&open_reader(path)?, user))).await
    }

    /// Takes a token back for good; the first time counts. False when there is no such token.
    pub async fn revoke_token(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.durably(move |tx| revoke(tx, &id)).await
    }
}

/// Ids of a user's tokens that were taken back and have not expired.
pub(super) fn revoked(connection: &Connection, user_id: i64) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT id FROM tokens \
             WHERE user_id = ?1 AND revoked_at IS NOT NULL AND expires_at > ?2 ORDER BY id",
        )?
        .query_map(params![user_id, unix_now()], |row| row.get(0))?
        .collect()
}

fn insert(connection: &Connection, token: &TokenRecord) -> rusqlite::Result<bool> {
    let rows = connection.execute(
        "INSERT INTO tokens (id, user_id, label, created_at, expires_at, revoked_at) \
         SELECT ?1, id, ?3, ?4, ?5, ?6 FROM users WHERE id = ?2",
        params![
            token.id,
            token.user_id,
            bounded(&token.label, SHORT),
            time(token.created_at),
            finite(token.expires_at),
            token.revoked_at.map(time),
        ],
    )?;
    Ok(rows > 0)
}

fn list(connection: &Connection, user: Option<i64>) -> rusqlite::Result<Vec<TokenRecord>> {
    connection
        .prepare(
            "SELECT id, user_id, label, created_at, expires_at, revoked_at FROM tokens \
             WHERE ?1 IS NULL OR user_id = ?1 ORDER BY created_at, id",
        )?
        .query_map([user], token)?
        .collect()
}

fn revoke(connection: &Connection, id: &str) -> rusqlite::Result<bool> {
    let rows = connection.execute(
        "UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?2) WHERE id = ?1",
        params![id, unix_now()],
    )?;
    Ok(rows > 0)
}

fn token(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    Ok(TokenRecord {
        id: row.get(0)?,
        user_id: row.get(1)?,
        label: row.get(2)?,
        created_at: row.get(3)?,
        expires_at: row.get(4)?,
        revoked_at: row.get(5)?,
    })
}
