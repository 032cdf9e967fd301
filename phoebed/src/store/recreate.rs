//! Starts a database afresh (`init-db`), keeping the old file as a dated backup.
//!
//! The new file is complete under another name before it takes the place of the old one, so that
//! at every moment there is a whole database at the path.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::adopt::{continue_user_ids, last_user_id};
use super::apply;
use super::connection::{WRITE_PATIENCE, open_writer};
use super::error::StoreError;
use super::events::SessionStarted;
use super::inspect::{inspect, side_file};
use super::prepare::prepare;
use super::schema::columns;
use super::status::unix_now;

/// What `init` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitOutcome {
    /// There was none; it was made.
    Created,
    /// There was one; it was left alone.
    Kept,
    /// There was one; it is a backup now.
    Recreated(RecreateReport),
}

/// What `init-db --force` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecreateReport {
    /// The old file; none when it was gone.
    pub backup: Option<PathBuf>,
    /// Users that are only in the backup; none when it cannot be read.
    pub users_only_in_backup: Option<u64>,
    /// Sessions that are only in the backup; none when it cannot be read.
    pub sessions_only_in_backup: Option<u64>,
    /// Live sessions that were registered again.
    pub sessions_registered: usize,
    /// The id after which new users' ids begin. Where the old file cannot be read it is the time
    /// in Unix seconds, which no sequence of ids has reached.
    pub last_user_id: i64,
}

/// What the old database tells.
#[derive(Default)]
struct Old {
    last_user_id: Option<i64>,
    users: Option<u64>,
    sessions: Option<u64>,
}

/// Makes the database at `path`, for use while no daemon has it open. An existing one is left
/// alone unless `force`, which first keeps it as a backup, unless it is another program's.
pub fn init(path: &Path, force: bool) -> Result<InitOutcome, StoreError> {
    let is_there = fs::metadata(path).is_ok_and(|meta| meta.len() > 0);
    if is_there && force {
        return recreate(path, &[]).map(InitOutcome::Recreated);
    }
    if is_there {
        return Ok(InitOutcome::Kept);
    }
    prepare(path)?;
    Ok(InitOutcome::Created)
}

/// Replaces the database by a fresh one that holds the live sessions only. No connection of this
/// process may be open; another process that has it open keeps looking at the backup.
pub(super) fn recreate(path: &Path, live: &[SessionStarted]) -> Result<RecreateReport, StoreError> {
    let old = match inspect(path) {
        Err(error @ StoreError::Foreign { .. }) => return Err(error),
        // To open it for writing would already change it.
        Err(StoreError::Corrupt { .. }) => Old::default(),
        _ => settle_old(path, live)?,
    };
    let last_user_id = old.last_user_id.unwrap_or(unix_now() as i64);
    let fresh = side_file(path, ".new");
    remove_if_there(&fresh)?;
    for suffix in ["-wal", "-shm"] {
        remove_if_there(&side_file(&fresh, suffix))?;
    }
    let stamp = fill(&fresh, live, last_user_id)?;
    let backup = path.exists().then(|| free_backup_name(path, &stamp));
    if let Some(backup) = &backup {
        keep(path, backup)?;
    }
    put_in_place(path, &fresh)?;
    Ok(RecreateReport {
        backup,
        users_only_in_backup: old.users,
        sessions_only_in_backup: old.sessions,
        sessions_registered: live.len(),
        last_user_id,
    })
}

/// Moves the old database's log into its file and counts. What cannot be read is no hindrance;
/// a lock is, since the log would be lost.
fn settle_old(path: &Path, live: &[SessionStarted]) -> Result<Old, StoreError> {
    let outcome = open_writer(path, WRITE_PATIENCE).and_then(|connection| {
        let sql = |error| StoreError::from_sqlite(path, "read", error);
        let old = count(&connection, live).map_err(sql)?;
        let busy: bool = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(sql)?;
        if busy { Err(StoreError::Locked { path: path.to_owned() }) } else { Ok(old) }
    });
    match outcome {
        Ok(old) => Ok(old),
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            log::warn!(cause = error.full_text(); "the old database cannot be read, kept as it is");
            Ok(Old::default())
        }
    }
}

fn count(connection: &Connection, live: &[SessionStarted]) -> rusqlite::Result<Old> {
    let rows = |table: &str| -> rusqlite::Result<u64> {
        if columns(connection, table)?.is_empty() {
            return Ok(0);
        }
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    };
    let mut sessions = rows("sessions")?;
    if sessions > 0 {
        let mut known = connection.prepare("SELECT 1 FROM sessions WHERE session_id = ?1")?;
        for session in live {
            sessions -= u64::from(known.exists([&session.session_id])?);
        }
    }
    Ok(Old {
        last_user_id: Some(last_user_id(connection)?),
        users: Some(rows("users")?),
        sessions: Some(sessions),
    })
}

/// Answers the date and time (UTC) for the backup's name.
fn fill(fresh: &Path, live: &[SessionStarted], last_user_id: i64) -> Result<String, StoreError> {
    let sql = |error| StoreError::from_sqlite(fresh, "fill", error);
    let (connection, _) = prepare(fresh)?;
    let tx = connection.unchecked_transaction().map_err(sql)?;
    continue_user_ids(&tx, last_user_id).map_err(sql)?;
    for session in live {
        let mut session = session.clone();
        session.make_fit();
        apply::start(&tx, &session).map_err(sql)?;
    }
    let stamp = tx
        .query_row("SELECT strftime('%Y-%m-%dT%H%M%SZ', 'now')", [], |row| row.get(0))
        .map_err(sql)?;
    tx.commit().map_err(sql)?;
    // Closing the only connection moves its log into the file.
    connection.close().map_err(|(_, error)| sql(error))?;
    Ok(stamp)
}

/// Gives the old file a second name, so that the path never is without a database.
fn keep(path: &Path, backup: &Path) -> Result<(), StoreError> {
    let io = |error| StoreError::from_io(backup, "make the backup", error);
    if fs::hard_link(path, backup).is_err() {
        fs::copy(path, backup).map_err(io)?;
    }
    // Only a damaged database has a log left here; the new one must not find it.
    let log = side_file(path, "-wal");
    match fs::metadata(&log) {
        Ok(meta) if meta.len() > 0 => fs::rename(&log, side_file(backup, "-wal")).map_err(io),
        _ => Ok(()),
    }
}

fn put_in_place(path: &Path, fresh: &Path) -> Result<(), StoreError> {
    for suffix in ["-wal", "-shm"] {
        remove_if_there(&side_file(path, suffix))?;
    }
    fs::rename(fresh, path).map_err(|error| StoreError::from_io(path, "replace", error))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // The names are safe only when the folder is on the disk; best effort.
        let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// `sessions.db` becomes `sessions.db.2026-07-25T101500Z`, with a number when that exists.
fn free_backup_name(path: &Path, stamp: &str) -> PathBuf {
    (1..)
        .map(|turn| match turn {
            1 => side_file(path, &format!(".{stamp}")),
            turn => side_file(path, &format!(".{stamp}.{turn}")),
        })
        .find(|name| !name.exists())
        .unwrap_or_else(|| side_file(path, ".backup"))
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::from_io(path, "remove", error))
        }
        _ => Ok(()),
    }
}
