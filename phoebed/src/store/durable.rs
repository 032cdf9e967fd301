//! Changes that somebody waits for: on the disk when they are answered, whole or not at all.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::connection::WRITE_PATIENCE;
use super::error::StoreError;

/// Somebody waits for the answer, so a short lock is sat out; records wait in the queue.
const PATIENCE: Duration = Duration::from_secs(2);

/// Carries out a change in a transaction of its own that is on the disk when this returns.
pub(super) fn change<T>(
    path: &Path,
    connection: &mut Connection,
    change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "write to", error);
    connection.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    connection.busy_timeout(PATIENCE).map_err(sql)?;
    let outcome = in_transaction(connection, change).map_err(sql);
    connection.busy_timeout(WRITE_PATIENCE).map_err(sql)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(sql)?;
    outcome
}

fn in_transaction<T>(
    connection: &mut Connection,
    change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let changed = change(&tx)?;
    tx.commit()?;
    Ok(changed)
}
