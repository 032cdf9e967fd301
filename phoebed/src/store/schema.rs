//! The numbered migrations and the marks that tell this database from others.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::error::StoreError;
use super::fold::fold_emails;

/// `PRAGMA application_id` of a log database: "PHEB". Set by the first migration.
pub(super) const APPLICATION_ID: i64 = 0x5048_4542;

/// The first migration.
pub(super) const FIRST: &str = include_str!("../../../migrations/0001_log_tables.sql");

const SECOND: &str = include_str!("../../../migrations/0002_users_tokens_audit.sql");

/// All migrations in order. Append only: never change one that was released.
static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::new(vec![M::up(FIRST), M::up_with_hook(SECOND, |tx| Ok(fold_emails(tx)?))])
});

/// `PRAGMA user_version` of an up-to-date database.
pub(super) const LATEST: i64 = 2;

/// The tables that older servers have too. Their names and columns are public.
pub(super) const TABLES: [&str; 4] = ["users", "sessions", "session_metrics", "session_commands"];

/// The tables that were added, with the version that has them.
const ADDED: [(&str, i64); 2] = [("tokens", 2), ("audit", 2)];

/// The tables of a database of this version.
pub(super) fn tables(version: i64) -> impl Iterator<Item = &'static str> {
    let added = ADDED.into_iter().filter(move |(_, since)| *since <= version);
    TABLES.into_iter().chain(added.map(|(table, _)| table))
}

/// Makes the tables of an up-to-date database inside the caller's transaction.
pub(super) fn make(tx: &Connection) -> rusqlite::Result<()> {
    tx.execute_batch(FIRST)?;
    tx.execute_batch(SECOND)?;
    tx.pragma_update(None, "user_version", LATEST)
}

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
