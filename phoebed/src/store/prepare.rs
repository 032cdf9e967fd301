//! From a path to a database that is ready to write: inspect, then make, adopt or upgrade.

use std::fmt;
use std::path::Path;

use rusqlite::Connection;

use super::adopt::adopt;
use super::connection::{
    OPEN_PATIENCE, WRITE_PATIENCE, make_file, open_writer, use_write_ahead_log,
};
use super::error::StoreError;
use super::fold::refold_emails;
use super::inspect::{Found, inspect};
use super::schema::{LATEST, upgrade};
use super::upgrade_copy;

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// The database was made now.
    pub created: bool,
    /// It was an older server's and has been taken over.
    pub adopted: bool,
    /// Columns of the older server that are unknown here and were kept, as `table.column`.
    pub kept_columns: Vec<String>,
    /// The schema version before, when it was older than this program's.
    pub upgraded_from: Option<i64>,
    /// Sessions that an unclean end left half-done and that were given an end.
    pub ended_half_done: usize,
    /// The database could not be opened or written yet (lock, disk): records wait in memory and
    /// the writer goes on trying. Then the rest of this report is not known yet.
    pub deferred: Option<String>,
}

impl fmt::Display for OpenReport {
    /// Opened, or what was done besides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.deferred {
            return write!(f, "not opened yet, records wait in memory: {why}");
        }
        f.write_str(if self.created { "made" } else { "opened" })?;
        if self.adopted {
            f.write_str(", taken over from an older server")?;
        }
        if !self.kept_columns.is_empty() {
            write!(f, ", with unknown columns as they were: {}", self.kept_columns.join(", "))?;
        }
        if let Some(version) = self.upgraded_from {
            write!(f, ", upgraded from schema version {version}")?;
        }
        match self.ended_half_done {
            0 => Ok(()),
            number => write!(f, ", {number} sessions of an unclean end are ended"),
        }
    }
}

/// Opens the database for writing. A refused file is not touched.
pub(super) fn prepare(path: &Path) -> Result<(Connection, OpenReport), StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "adopt", error);
    let mut report = OpenReport::default();
    let found = inspect(path)?;
    if matches!(found, Found::Nothing | Found::Blank) {
        make_file(path)?;
        report.created = true;
    }
    let mut connection = open_writer(path, OPEN_PATIENCE)?;
    match found {
        Found::Nothing | Found::Blank => {}
        Found::Legacy => {
            report.kept_columns = adopt(&mut connection).map_err(sql)?;
            log::warn!(path:% = path.display(); "an older server's log database was taken over; \
                records older than [database] keep_days are deleted from now on");
            report.adopted = true;
        }
        Found::Ours(version) if version < LATEST => {
            keep_copy(path, &connection, version)?;
            report.upgraded_from = Some(version);
        }
        Found::Ours(_) => {}
    }
    use_write_ahead_log(path, &connection)?;
    upgrade(path, &mut connection)?;
    refold_emails(&connection).map_err(|error| StoreError::from_sqlite(path, "write to", error))?;
    connection
        .busy_timeout(WRITE_PATIENCE)
        .map_err(|error| StoreError::from_sqlite(path, "open", error))?;
    Ok((connection, report))
}

/// An older program refuses the file after its upgrade; this is what it can go back to.
fn keep_copy(path: &Path, connection: &Connection, version: i64) -> Result<(), StoreError> {
    let copy = upgrade_copy::make(path, connection, version)
        .map_err(|error| StoreError::from_copy(path, error))?;
    log::warn!(
        "the log database is upgraded from schema version {version} to {LATEST}; for an older \
         phoebed, {} is a copy from before",
        copy.display()
    );
    Ok(())
}

/// Opens again what was prepared before.
pub(super) fn reopen(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = open_writer(path, WRITE_PATIENCE)?;
    let (application, version) = super::schema::marks(&connection)
        .map_err(|error| StoreError::from_sqlite(path, "open", error))?;
    super::inspect::check_marks(path, application, version)?;
    use_write_ahead_log(path, &connection)?;
    // A backup of before an upgrade may have been put back.
    if (1..LATEST).contains(&version) {
        keep_copy(path, &connection, version)?;
        upgrade(path, &mut connection)?;
    }
    refold_emails(&connection).map_err(|error| StoreError::from_sqlite(path, "write to", error))?;
    Ok(connection)
}
