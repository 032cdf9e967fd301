//! The writing connection: making the file, its modes, and what every connection is set to.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;

const FOLDER_MODE: u32 = 0o750;
const FILE_MODE: u32 = 0o640;

/// How long the start waits for a lock.
pub(super) const OPEN_PATIENCE: Duration = Duration::from_secs(5);

/// How long a write waits for a lock before the writer looks at its requests again.
pub(super) const WRITE_PATIENCE: Duration = Duration::from_millis(250);

/// A log that a long reader made grow is cut back to this size, in bytes.
const LOG_SIZE_LIMIT: i64 = 64 << 20;

/// Makes the file (and its folder) when it is not there. Existing modes are left alone.
pub(super) fn make_file(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(folder)
            .map_err(|error| StoreError::from_io(folder, "make the folder", error))?;
    }
    let io = |error| StoreError::from_io(path, "make", error);
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        // SQLite gives its side files the mode of this one; the umask must not narrow it.
        Ok(_) => fs::set_permissions(path, Permissions::from_mode(FILE_MODE)).map_err(io),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(io(error)),
    }
}

/// Opens an existing file for writing. It is never made here: a file that went away is an error.
pub(super) fn open_writer(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "open", error);
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    connection.busy_timeout(patience).map_err(sql)?;
    // The tables have no foreign keys: a record stays even if its session's row was lost.
    connection.pragma_update(None, "foreign_keys", false).map_err(sql)?;
    Ok(connection)
}

/// Write-ahead logging, so that readers and the writer do not wait for each other.
///
/// `synchronous=NORMAL` then syncs at checkpoints only: a power cut may take the last seconds of
/// the log but cannot damage it, and a commit costs no disk flush.
/// (Users and tokens are the exception, see `durable`.)
pub(super) fn use_write_ahead_log(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "set the journal mode of", error);
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(sql)?;
    if mode != "wal" {
        log::warn!(path:% = path.display(), mode; "the file system allows no write-ahead log");
    }
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(sql)?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE_LIMIT).map_err(sql)
}
