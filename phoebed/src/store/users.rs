//! The rows of `users`: the one part of the log database that is no log.
//!
//! Knows nothing of passwords: it keeps the hash it is given.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::connection::WRITE_PATIENCE;
use super::error::StoreError;
use super::read::open_reader;
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
}

impl std::fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Somebody waits for the answer, so a short lock is sat out; records wait in the queue.
const PATIENCE: Duration = Duration::from_secs(2);

const COLUMNS: &str =
    "id, email, hashed_password, first_name, last_name, role, created_at, is_active";

/// Makes the user, on the disk when this returns: a lost row would give its id to somebody else.
pub(super) fn create(
    path: &Path,
    connection: &mut Connection,
    user: &NewUser,
) -> Result<UserRecord, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "write a user to", error);
    connection.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    connection.busy_timeout(PATIENCE).map_err(sql)?;
    let outcome = insert(connection, user).map_err(sql);
    connection.busy_timeout(WRITE_PATIENCE).map_err(sql)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(sql)?;
    outcome?.ok_or(StoreError::EmailTaken)
}

/// None when the address is taken, by more than case.
fn insert(connection: &mut Connection, user: &NewUser) -> rusqlite::Result<Option<UserRecord>> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !find_all(&tx, &user.email)?.is_empty() {
        return Ok(None);
    }
    tx.execute(
        "INSERT INTO users (email, hashed_password, first_name, last_name, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            user.email,
            user.hashed_password,
            bounded(&user.first_name, SHORT),
            bounded(&user.last_name, SHORT),
            unix_now(),
        ],
    )?;
    let made = find(&tx, tx.last_insert_rowid())?;
    tx.commit()?;
    Ok(made)
}

/// The user of this id.
pub(super) fn by_id(path: &Path, id: i64) -> Result<Option<UserRecord>, StoreError> {
    find(&open_reader(path)?, id).map_err(|error| StoreError::from_sqlite(path, "read", error))
}

/// All users of this address, whatever its case, the one of the same case first. An older
/// server's database can have several.
pub(super) fn by_email(path: &Path, email: &str) -> Result<Vec<UserRecord>, StoreError> {
    find_all(&open_reader(path)?, email)
        .map_err(|error| StoreError::from_sqlite(path, "read", error))
}

fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<UserRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    connection.query_row(&sql, [id], user).optional()
}

fn find_all(connection: &Connection, email: &str) -> rusqlite::Result<Vec<UserRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE lower(email) = lower(?1) ORDER BY email <> ?1, id"
    );
    connection.prepare(&sql)?.query_map([email], user)?.collect()
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
    })
}
