//! The numbered migrations and the marks that tell this database from others.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::error::StoreError;

/// `PRAGMA application_id` of a log database: "PHEB". Set by the first migration.
pub(super) const APPLICATION_ID: i64 = 0x5048_4542;

/// The first migration; an older server's tables are copied into what it makes.
pub(super) const FIRST: &str = include_str!("../../../migrations/0001_log_tables.sql");

/// All migrations in order. Append only: never change one that was released.
const STEPS: &[M<'static>] =
    &[M::up(FIRST), M::up(include_str!("../../../migrations/0002_users_tokens_audit.sql"))];

/// `PRAGMA user_version` of an up-to-date database.
pub(super) const LATEST: i64 = STEPS.len() as i64;

/// The tables whose names and columns are public.
pub(super) const TABLES: [&str; 4] = ["users", "sessions", "session_metrics", "session_commands"];

static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| Migrations::from_slice(STEPS));

/// Brings the database up to date, all steps in one transaction.
pub(super) fn upgrade(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    MIGRATIONS.to_latest(connection).map_err(|error| StoreError::from_migration(path, error))
}

/// `(application_id, user_version)`.
pub(super) fn marks(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((pragma("application_id")?, pragma("user_version")?))
}

/// The names of a table's columns, in order; empty when there is no such table.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect()
}
