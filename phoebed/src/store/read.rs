//! Reads, on connections of their own that cannot write.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row, params};

use super::connection::WRITE_PATIENCE;
use super::error::StoreError;
use super::inspect::uri;

/// One row of `session_commands`.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandRecord {
    /// When it began, Unix seconds.
    pub timestamp: f64,
    /// As the client sent it, bounded.
    pub command_name: String,
    /// Whether the worker answered with success.
    pub success: bool,
    /// How long it took; none in some records of older servers.
    pub execution_time_ms: Option<f64>,
    /// The worker's error.
    pub error_message: Option<String>,
}

/// The latest commands of a session, newest first; none when there is no session of this id.
pub(super) fn recent_commands(
    path: &Path,
    session_id: &str,
    limit: usize,
) -> Result<Option<Vec<CommandRecord>>, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "read", error);
    let connection = open_reader(path)?;
    let commands: Vec<CommandRecord> = connection
        .prepare(
            "SELECT timestamp, command_name, success, execution_time_ms, error_message \
             FROM session_commands WHERE session_id = ?1 \
             ORDER BY timestamp DESC, id DESC LIMIT ?2",
        )
        .map_err(sql)?
        .query_map(params![session_id, i64::try_from(limit).unwrap_or(i64::MAX)], command)
        .map_err(sql)?
        .collect::<rusqlite::Result<_>>()
        .map_err(sql)?;
    let is_known = !commands.is_empty()
        || connection
            .prepare("SELECT 1 FROM sessions WHERE session_id = ?1")
            .and_then(|mut session| session.exists([session_id]))
            .map_err(sql)?;
    Ok(is_known.then_some(commands))
}

/// Sorts the error of a read.
pub(super) fn reading<T>(path: &Path, outcome: rusqlite::Result<T>) -> Result<T, StoreError> {
    outcome.map_err(|error| StoreError::from_sqlite(path, "read", error))
}

/// A connection for reading only.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "open", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(path, "mode=ro"), flags).map_err(sql)?;
    connection.busy_timeout(WRITE_PATIENCE).map_err(sql)?;
    Ok(connection)
}

fn command(row: &Row<'_>) -> rusqlite::Result<CommandRecord> {
    Ok(CommandRecord {
        timestamp: row.get(0)?,
        command_name: row.get(1)?,
        success: row.get(2)?,
        execution_time_ms: row.get(3)?,
        error_message: row.get(4)?,
    })
}
