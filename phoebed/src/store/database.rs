//! The writing connection over its whole life: lost with the medium, opened again, closed.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rusqlite::Connection;

use super::error::StoreError;
use super::options::StoreOptions;
use super::prepare::{OpenReport, prepare, reopen};

/// The database at a path, whether or not it can be opened now.
pub(super) struct Database {
    options: StoreOptions,
    open: Option<Open>,
    /// It was inspected and brought up to date in this life.
    prepared: bool,
}

/// A connection and the file (device, inode) that it has open.
struct Open {
    connection: Connection,
    file: (u64, u64),
}

impl Database {
    pub(super) fn new(options: StoreOptions) -> Self {
        Self { options, open: None, prepared: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.options.path
    }

    /// Makes, adopts or upgrades what is at the path.
    pub(super) fn prepare(&mut self) -> Result<OpenReport, StoreError> {
        let (connection, report) = prepare(&self.options.path)?;
        self.hold(connection)?;
        self.prepared = true;
        Ok(report)
    }

    /// The connection to the file that is at the path now: after a failure a new one finds out
    /// whether the medium has come back, and a file that was put in the old one's place counts.
    pub(super) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let file = identity(&self.options.path);
        if self.open.as_ref().is_some_and(|open| Some(open.file) != file) {
            self.open = None;
        }
        if self.open.is_none() && !self.prepared {
            self.prepare()?;
        } else if self.open.is_none() {
            let connection = reopen(&self.options.path)?;
            self.hold(connection)?;
        }
        match &mut self.open {
            Some(open) => {
                #[cfg(test)]
                self.options.faults.apply(&open.connection);
                Ok(&mut open.connection)
            }
            None => Err(StoreError::Missing { path: self.options.path.clone() }),
        }
    }

    /// Drops the connection; the next use opens another.
    pub(super) fn let_go(&mut self) {
        self.open = None;
    }

    /// A fresh database is at the path.
    pub(super) fn was_replaced(&mut self) {
        self.open = None;
        self.prepared = true;
    }

    /// Moves the log into the file, which is whole without side files afterwards.
    pub(super) fn close(&mut self) -> rusqlite::Result<()> {
        let Some(Open { connection, .. }) = self.open.take() else { return Ok(()) };
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.close().map_err(|(_, error)| error)
    }

    fn hold(&mut self, connection: Connection) -> Result<(), StoreError> {
        let path = &self.options.path;
        let file = identity(path).ok_or_else(|| StoreError::Missing { path: path.clone() })?;
        self.open = Some(Open { connection, file });
        Ok(())
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}
