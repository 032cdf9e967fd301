//! The writing connection over its whole life: lost with the medium, opened again, closed.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::StateError;
use super::opening::{OpenReport, open_writer, prepare};
use super::options::StateOptions;
use crate::store::side_file;

/// The database at a path, whether or not it can be opened now.
pub(super) struct Database {
    options: StateOptions,
    open: Option<Connection>,
    /// The file (device, inode) that was prepared. Another one in its place has other sessions.
    file: (u64, u64),
}

impl Database {
    pub(super) fn open(options: StateOptions) -> Result<(Self, OpenReport), StateError> {
        let (connection, report) = prepare(&options.path, options.durability)?;
        let file = identity(&options.path)?;
        Ok((Self { options, open: Some(connection), file }, report))
    }

    /// Runs `work` in a transaction that is committed unless it fails. After a failure the next
    /// one begins with a new connection, which finds out whether the medium has come back.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StateError> {
        let path = self.options.path.clone();
        let connection = self.connection()?;
        let outcome = in_transaction(connection, work);
        if outcome.is_err() {
            self.open = None;
        }
        outcome.map_err(|error| StateError::from_sqlite(&path, "write to", error))
    }

    fn connection(&mut self) -> Result<&mut Connection, StateError> {
        // What is written to a file without a name is lost.
        if identity(&self.options.path)? != self.file {
            self.open = None;
            return Err(StateError::Missing { path: self.options.path.clone() });
        }
        let connection = match self.open.take() {
            Some(connection) => connection,
            None => open_writer(&self.options.path, self.options.durability)?,
        };
        #[cfg(test)]
        self.options.faults.apply(&connection);
        Ok(self.open.insert(connection))
    }

    #[cfg(test)]
    /// Brings all that was committed to the disk.
    pub(super) fn sync(&self) -> Result<(), StateError> {
        sync_log(&self.options.path)
    }

    /// Moves the log into the file, which is whole without side files afterwards.
    pub(super) fn close(&mut self) -> Result<(), StateError> {
        let sql = |error| StateError::from_sqlite(&self.options.path, "close", error);
        let Some(connection) = self.open.take() else { return Ok(()) };
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(sql)?;
        connection.close().map_err(|(_, error)| sql(error))
    }
}

/// Syncs the log. Without one, SQLite has synced all of it into the file. The file itself must not
/// be opened and closed beside SQLite: that would drop its locks.
pub(super) fn sync_log(path: &Path) -> Result<(), StateError> {
    let log: PathBuf = side_file(path, "-wal");
    match File::open(&log).and_then(|file| file.sync_data()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StateError::from_io(&log, "sync", error))
        }
        _ => Ok(()),
    }
}

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answer = work(&tx)?;
    tx.commit()?;
    Ok(answer)
}

fn identity(path: &Path) -> Result<(u64, u64), StateError> {
    match std::fs::metadata(path) {
        Ok(meta) => Ok((meta.dev(), meta.ino())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(StateError::Missing { path: path.to_owned() })
        }
        Err(error) => Err(StateError::from_io(path, "look at", error)),
    }
}
