//! What can still be read of a damaged database goes into the new one: each table from its
//! beginning and from its end, up to what cannot be read. Whether a state is whole, its checksum
//! says when it is loaded.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};

use super::error::StateError;
use super::opening::open_reader;

/// What is worth it; what was set aside before stays where it is.
const TABLES: [&str; 6] = ["sessions", "snapshots", "journal", "jobs", "job_bodies", "job_results"];

/// Copies what can be read; answers how many sessions that are.
pub(super) fn salvage(
    damaged_path: &Path,
    path: &Path,
    connection: &mut Connection,
) -> Result<u64, StateError> {
    // Of an empty file SQLite would delete the log.
    if std::fs::metadata(damaged_path).map_or(0, |meta| meta.len()) == 0 {
        return Ok(0);
    }
    let Ok(damaged) = open_reader(damaged_path) else { return Ok(0) };
    // Else SQLite reads nothing at all of a file that is shorter than it says.
    drop(damaged.pragma_update(None, "writable_schema", true));
    let sql = |error| StateError::from_sqlite(path, "write", error);
    let tx = connection.transaction().map_err(sql)?;
    for table in TABLES {
        let columns = columns(&tx, table).map_err(sql)?;
        for order in ["ASC", "DESC"] {
            copy(&damaged, &tx, table, &columns, order).map_err(sql)?;
        }
    }
    // States without their session can never be asked for.
    for table in ["snapshots", "journal"] {
        let orphans = format!(
            "DELETE FROM {table} WHERE session_id NOT IN (SELECT session_id FROM sessions)"
        );
        tx.execute(&orphans, []).map_err(sql)?;
    }
    let count: i64 =
        tx.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0)).map_err(sql)?;
    tx.commit().map_err(sql)?;
    Ok(count.unsigned_abs())
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Only failures of the new database are errors.
fn copy(
    damaged: &Connection,
    tx: &Transaction<'_>,
    table: &str,
    columns: &[String],
    order: &str,
) -> rusqlite::Result<()> {
    let names = columns.join(", ");
    let marks = vec!["?"; columns.len() + 1].join(", ");
    let query = format!("SELECT rowid, {names} FROM {table} ORDER BY rowid {order}");
    let Ok(mut statement) = damaged.prepare(&query) else { return Ok(()) };
    let Ok(mut rows) = statement.query([]) else { return Ok(()) };
    let mut insert =
        tx.prepare(&format!("INSERT OR IGNORE INTO {table} (rowid, {names}) VALUES ({marks})"))?;
    while let Ok(Some(row)) = rows.next() {
        let values: Result<Vec<Value>, _> = (0..=columns.len()).map(|at| row.get(at)).collect();
        let Ok(values) = values else { continue };
        if values.iter().any(is_of_a_missing_page) {
            continue;
        }
        match insert.execute(params_from_iter(values)) {
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.code == rusqlite::ErrorCode::ConstraintViolation => {}
            outcome => drop(outcome?),
        }
    }
    Ok(())
}

/// What SQLite reads beyond the end of the file is zeros, which no text of ours has.
fn is_of_a_missing_page(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.contains('\0'))
}
