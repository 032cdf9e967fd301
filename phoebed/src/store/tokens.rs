//! The rows of `tokens`: what operators made for scripts.

use rusqlite::{Connection, Row, params};

use super::status::unix_now;
use super::text::{SHORT, bounded};

/// A row of `tokens`; never the token itself.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenRecord {
    /// The token's `jti`, a UUID.
    pub id: String,
    /// Whose it is.
    pub user_id: i64,
    /// What it is for.
    pub label: String,
    /// Unix seconds.
    pub created_at: f64,
    /// Unix seconds.
    pub expires_at: f64,
    /// Unix seconds; none while it counts.
    pub revoked_at: Option<f64>,
}

const COLUMNS: &str = "id, user_id, label, created_at, expires_at, revoked_at";

pub(super) fn insert(tx: &Connection, token: &TokenRecord) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO tokens (id, user_id, label, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            token.id,
            token.user_id,
            bounded(&token.label, SHORT),
            token.created_at,
            token.expires_at
        ],
    )?;
    Ok(())
}

/// Of one user or of all, the latest last.
pub(super) fn list(
    connection: &Connection,
    user: Option<i64>,
) -> rusqlite::Result<Vec<TokenRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM tokens WHERE ?1 IS NULL OR user_id = ?1 ORDER BY created_at, id"
    );
    connection.prepare(&sql)?.query_map([user], token)?.collect()
}

/// Makes a token void; none when there is no such one.
pub(super) fn revoke(tx: &Connection, id: &str) -> rusqlite::Result<Option<TokenRecord>> {
    tx.execute(
        "UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?2) WHERE id = ?1",
        params![id, unix_now()],
    )?;
    let sql = format!("SELECT {COLUMNS} FROM tokens WHERE id = ?1");
    let mut statement = tx.prepare(&sql)?;
    let mut rows = statement.query_map([id], token)?;
    rows.next().transpose()
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
