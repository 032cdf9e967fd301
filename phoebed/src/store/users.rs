//! The rows of `users`: the one part of the log database that is no log.
//!
//! Knows nothing of passwords: it keeps the hash it is given.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::status::unix_now;
use super::text::{SHORT, bounded};

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The address as given.
    pub email: String,
    /// The hash, never the password.
    pub hashed_password: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// `student`, `instructor` or `admin`.
    pub role: String,
}

/// A row of `users`.
#[derive(Clone, PartialEq)]
pub struct UserRecord {
    /// Never given twice.
    pub id: i64,
    /// The address as it was registered.
    pub email: String,
    /// bcrypt in databases of older servers.
    pub hashed_password: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// `student` unless somebody changed it.
    pub role: String,
    /// Unix seconds.
    pub created_at: f64,
    /// A disabled user cannot log in.
    pub is_active: bool,
    /// Tokens that were made at another one are void.
    pub token_generation: i64,
    /// Unix seconds; none before the first login.
    pub last_login: Option<f64>,
}

impl UserRecord {
    /// First and last name, trimmed.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

impl std::fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a request with a token needs to know of its user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAccess {
    /// The user.
    pub user: UserRecord,
    /// The ids of tokens that were revoked before their time.
    pub revoked_tokens: Vec<String>,
}

/// What changes of a user; what is none stays.
#[derive(Clone, Default)]
pub struct UserChange {
    /// Another hash.
    pub hashed_password: Option<String>,
    /// Another role.
    pub role: Option<String>,
    /// Whether the user can log in.
    pub is_active: Option<bool>,
    /// Makes every token void.
    pub revoke_tokens: bool,
}

const COLUMNS: &str = "id, email, hashed_password, first_name, last_name, role, created_at, \
     is_active, token_generation, last_login";

/// Makes the user; none when the address is taken. Addresses differ by more than case.
pub(super) fn insert(tx: &Connection, user: &NewUser) -> rusqlite::Result<Option<UserRecord>> {
    if !by_email(tx, &user.email)?.is_empty() {
        return Ok(None);
    }
    tx.execute(
        "INSERT INTO users (email, hashed_password, first_name, last_name, role, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            user.email,
            user.hashed_password,
            bounded(&user.first_name, SHORT),
            bounded(&user.last_name, SHORT),
            user.role,
            unix_now(),
        ],
    )?;
    by_id(tx, tx.last_insert_rowid())
}

/// The user of this id.
pub(super) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<UserRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    connection.prepare_cached(&sql)?.query_row([id], user).optional()
}

/// All users of this address, whatever its case, the one of the same case first. An older
/// server's database can have several.
pub(super) fn by_email(connection: &Connection, email: &str) -> rusqlite::Result<Vec<UserRecord>> {
    // SQLite folds the case of ASCII only: an address with more is compared here, with all.
    let condition = if email.is_ascii() { "lower(email) = lower(?1)" } else { "?1 = ?1" };
    let sql = format!("SELECT {COLUMNS} FROM users WHERE {condition} ORDER BY email <> ?1, id");
    let folded = email.to_lowercase();
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for row in statement.query_map([email], user)? {
        let row = row?;
        if row.email.to_lowercase() == folded {
            found.push(row);
        }
    }
    Ok(found)
}

/// All of them, by id.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<UserRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY id");
    connection.prepare(&sql)?.query_map([], user)?.collect()
}

/// The user and its revoked tokens.
pub(super) fn access(connection: &Connection, id: i64) -> rusqlite::Result<Option<UserAccess>> {
    let Some(user) = by_id(connection, id)? else { return Ok(None) };
    let revoked_tokens = connection
        .prepare_cached(
            "SELECT id FROM tokens \
             WHERE user_id = ?1 AND revoked_at IS NOT NULL AND expires_at > ?2",
        )?
        .query_map(params![id, unix_now()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(UserAccess { user, revoked_tokens }))
}

/// Changes the user; none when there is no such one.
pub(super) fn update(
    tx: &Connection,
    id: i64,
    change: &UserChange,
) -> rusqlite::Result<Option<UserRecord>> {
    tx.execute(
        "UPDATE users SET hashed_password = COALESCE(?2, hashed_password), \
             role = COALESCE(?3, role), is_active = COALESCE(?4, is_active), \
             token_generation = token_generation + ?5 \
         WHERE id = ?1",
        params![id, change.hashed_password, change.role, change.is_active, change.revoke_tokens],
    )?;
    by_id(tx, id)
}

/// Puts another hash of the same password in the place of the old one, if that is still there.
pub(super) fn replace_hash(
    tx: &Connection,
    id: i64,
    old: &str,
    new: &str,
) -> rusqlite::Result<bool> {
    let sql = "UPDATE users SET hashed_password = ?3 WHERE id = ?1 AND hashed_password = ?2";
    Ok(tx.execute(sql, params![id, old, new])? > 0)
}

/// Deletes the user and what is kept of it, but for the bare facts of the audit.
pub(super) fn remove(tx: &Connection, id: i64) -> rusqlite::Result<bool> {
    let text = id.to_string();
    for table in ["session_commands", "session_metrics"] {
        tx.execute(
            &format!(
                "DELETE FROM {table} WHERE session_id IN \
                 (SELECT session_id FROM sessions WHERE user_id = ?1)"
            ),
            [&text],
        )?;
    }
    tx.execute("DELETE FROM sessions WHERE user_id = ?1", [&text])?;
    tx.execute("DELETE FROM tokens WHERE user_id = ?1", [id])?;
    tx.execute(
        "UPDATE audit SET email = NULL, client_ip = NULL WHERE user_id = ?1 \
             OR email = (SELECT email FROM users WHERE id = ?2) COLLATE NOCASE",
        params![text, id],
    )?;
    Ok(tx.execute("DELETE FROM users WHERE id = ?1", [id])? > 0)
}

/// The highest cost of bcrypt hashes that are left.
pub(super) fn bcrypt_cost(connection: &Connection) -> rusqlite::Result<Option<u32>> {
    let cost: Option<u32> = connection.query_row(
        "SELECT max(CAST(substr(hashed_password, 5, 2) AS INTEGER)) FROM users \
         WHERE hashed_password LIKE '$2_$__$%'",
        [],
        |row| row.get(0),
    )?;
    Ok(cost.filter(|cost| (4..=31).contains(cost)))
}

fn user(row: &Row<'_>) -> rusqlite::Result<UserRecord> {
    Ok(UserRecord {
        id: row.get(0)?,
        email: row.get(1)?,
        hashed_password: row.get(2)?,
        first_name: row.get(3)?,
        last_name: row.get(4)?,
        role: row.get(5)?,
        created_at: row.get(6)?,
        is_active: row.get(7)?,
        token_generation: row.get(8)?,
        last_login: row.get(9)?,
    })
}
