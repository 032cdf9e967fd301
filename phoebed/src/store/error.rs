//! What can go wrong with the log database, each with its file and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::upgrade_copy::{self, CopyError};

/// Every failure of the store. The text is a sentence; `hint` says the next step.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Made by a newer phoebed: its schema is unknown here. The file is untouched.
    #[error(
        "{path} has schema version {found}, known is {known}{}", upgrade_copy::told(copy.as_deref()),
        path = path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// `user_version` of the file.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
        /// Its copy from before the upgrade, if one is beside it.
        copy: Option<PathBuf>,
    },
    /// There can be no copy from before its upgrade, without which it is not upgraded. The file is
    /// untouched.
    #[error("{path} is not upgraded, since it cannot be copied before: {why}", path = path.display())]
    NotCopied {
        /// The database file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A database of some other program. The file is untouched.
    #[error("{path} belongs to another program: {why}", path = path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
        /// What gives it away.
        why: String,
    },
    /// Damaged, or no SQLite database at all. The file is untouched.
    #[error("{path} is damaged: {why}", path = path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite or the header check found.
        why: String,
    },
    /// Another process holds a lock.
    #[error("{path} is locked by another process", path = path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its file system cannot be written.
    #[error("{path} is read-only: {why}", path = path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
        /// SQLite's or the system's own words.
        why: String,
    },
    /// No space left.
    #[error("no space left for {path}: {why}", path = path.display())]
    DiskFull {
        /// The database file.
        path: PathBuf,
        /// SQLite's or the system's own words.
        why: String,
    },
    /// The file went away while in use, or was never there.
    #[error("{path} does not exist", path = path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error("cannot {action} {path}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A database operation failed.
    #[error("cannot {action} {path}", path = path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// SQLite's error.
        source: rusqlite::Error,
    },
    /// Bringing the schema up to date failed; the database is as it was before.
    #[error("cannot upgrade the schema of {path}", path = path.display())]
    Migration {
        /// The database file.
        path: PathBuf,
        /// The library's error.
        source: rusqlite_migration::Error,
    },
    /// A user with that address (by more than case) exists.
    #[error("a user with this email already exists")]
    EmailTaken,
    /// Records are still only in memory; the writer goes on trying.
    #[error("{queued} records are not written yet: {cause}")]
    Unwritten {
        /// How many.
        queued: usize,
        /// Why.
        cause: String,
    },
    /// The store has been closed.
    #[error("the log database has been closed")]
    Closed,
}

impl StoreError {
    /// Whether the file cannot be used as it is, so that trying again is of no use.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Newer { .. }
                | Self::NotCopied { .. }
                | Self::Foreign { .. }
                | Self::Corrupt { .. }
        )
    }

    /// The next step for the operator, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Newer { .. } => Some(
                "install the newer phoebed again; or, to go back, move the file and its -wal \
                 away and put the copy from before the upgrade in its place: what was written \
                 since then is lost. To start afresh, and keep the file as a backup: \
                 `phoebectl init-db --force`",
            ),
            Self::NotCopied { .. } => Some("make room in its folder, and start phoebed again"),
            Self::Foreign { .. } => Some("set [database] path to a file of phoebed's own"),
            Self::Corrupt { .. } => Some(
                "restore a backup, or rescue what is readable with `sqlite3 FILE .recover`, or \
                 start afresh with `phoebectl init-db --force` (keeps the file as a backup)",
            ),
            Self::Locked { .. } => Some("end the program that holds it (`fuser FILE` shows it)"),
            Self::ReadOnly { .. } => Some("make the file and its folder writable for phoebed"),
            Self::DiskFull { .. } => Some("free some space; records are kept in memory meanwhile"),
            Self::Missing { .. } => Some("put the file back, or run `phoebectl init-db`"),
            Self::Migration { .. } => Some("the file is unchanged; report this with the log"),
            Self::Io { .. }
            | Self::Sqlite { .. }
            | Self::EmailTaken
            | Self::Unwritten { .. }
            | Self::Closed => None,
        }
    }

    /// Whether waiting can help: lock, disk or medium, as against a refused file.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Locked { .. } | Self::ReadOnly { .. } | Self::DiskFull { .. } => true,
            Self::Sqlite { source, .. } => {
                matches!(source.sqlite_error_code(), Some(ErrorCode::SystemIoFailure))
            }
            Self::Newer { .. }
            | Self::NotCopied { .. }
            | Self::Foreign { .. }
            | Self::Corrupt { .. }
            | Self::Missing { .. }
            | Self::Io { .. }
            | Self::Migration { .. }
            | Self::EmailTaken
            | Self::Unwritten { .. }
            | Self::Closed => false,
        }
    }

    /// The sentence and its causes on one line.
    pub fn full_text(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }

    /// Sorts SQLite's codes into what an operator can act on.
    pub(super) fn from_sqlite(path: &Path, action: &'static str, source: rusqlite::Error) -> Self {
        let (path, why) = (path.to_owned(), source.to_string());
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path, why },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path, why },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path, why }
            }
            Some(ErrorCode::CannotOpen) if !path.exists() => Self::Missing { path },
            _ => Self::Sqlite { path, action, source },
        }
    }

    /// The same for file operations.
    pub(super) fn from_io(path: &Path, action: &'static str, source: io::Error) -> Self {
        let (path, why) = (path.to_owned(), source.to_string());
        match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, why },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, why }
            }
            _ => Self::Io { path, action, source },
        }
    }

    /// The same for the copy from before an upgrade.
    pub(super) fn from_copy(path: &Path, source: CopyError) -> Self {
        match source {
            CopyError::Sqlite(error) if upgrade_copy::is_locked(&error) => {
                Self::from_sqlite(path, "copy before its upgrade", error)
            }
            source => Self::NotCopied { path: path.to_owned(), why: source.to_string() },
        }
    }

    /// The same for the migration library, whose SQLite errors keep their meaning.
    pub(super) fn from_migration(path: &Path, source: rusqlite_migration::Error) -> Self {
        match source {
            rusqlite_migration::Error::RusqliteError { err, .. } => {
                Self::from_sqlite(path, "upgrade the schema of", err)
            }
            source => Self::Migration { path: path.to_owned(), source },
        }
    }
}
