//! What can go wrong with the state database, each with its file and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::store::upgrade_copy::{self, CopyError};

/// Every failure of the state database. The text is a sentence; `hint` says the next step. All
/// that wait for one commit are told the same, hence the shared causes.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateError {
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
    /// A database operation failed; nothing of it was kept.
    #[error("cannot {action} {path}: {trouble}", path = path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// What it means for the operator.
        trouble: Trouble,
        /// SQLite's error.
        source: Arc<rusqlite::Error>,
    },
    /// A file operation failed.
    #[error("cannot {action} {path}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// Bringing the schema up to date failed; the database is as it was before.
    #[error("cannot upgrade the schema of {path}", path = path.display())]
    Migration {
        /// The database file.
        path: PathBuf,
        /// The library's error.
        source: Arc<rusqlite_migration::Error>,
    },
    /// The file went away while it was in use.
    #[error("{path} does not exist any more", path = path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// No session of this id is registered.
    #[error("session {session_id} is not registered")]
    UnknownSession {
        /// The id.
        session_id: String,
    },
    /// A journal entry came before any snapshot that it could follow.
    #[error("a journal entry of session {session_id} follows no snapshot")]
    NoSnapshot {
        /// The id.
        session_id: String,
    },
    /// So many journal entries follow a snapshot already that no more are taken.
    #[error("{entries} journal entries of session {session_id} follow a snapshot, as many as may")]
    JournalFull {
        /// The id.
        session_id: String,
        /// How many.
        entries: i64,
    },
    /// Something is kept of the session, but none of it can be used.
    #[error("no state of session {session_id} can be used: {why}")]
    Unusable {
        /// The id.
        session_id: String,
        /// Damaged or of other engines.
        why: String,
    },
    /// The session has a job of the same idempotency key.
    #[error("job {job_id} has this idempotency key")]
    JobKnown {
        /// Its id.
        job_id: String,
        /// Whether it is of the same command.
        is_same: bool,
    },
    /// As many jobs of the session wait as may.
    #[error("{waiting} jobs of this session wait already")]
    JobsWaiting {
        /// So many.
        waiting: usize,
    },
    /// The commands of a session that wait as jobs are too large together.
    #[error("{bytes} bytes of commands wait as jobs of this session already, the limit is {most}")]
    JobsTooLarge {
        /// Stored.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// The state is larger than what is kept.
    #[error("a state of {bytes} bytes is larger than the limit of {most}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// So many changes wait for the disk already that no more are taken.
    #[error("{waiting} changes ({bytes} bytes) wait for the disk already")]
    Busy {
        /// How many.
        waiting: usize,
        /// Of how many bytes.
        bytes: usize,
    },
    /// The state database has been closed.
    #[error("the state database has been closed")]
    Closed,
}

/// What SQLite's many codes come down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another process holds a lock.
    Locked,
    /// The file or its file system cannot be written.
    ReadOnly,
    /// No space left.
    Full,
    /// The file's structure is damaged, or it is no database.
    Damaged,
    /// The medium or the file system failed.
    Medium,
    /// Anything else: a mistake in this program.
    Other,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Locked => "it is locked by another process",
            Self::ReadOnly => "it is read-only",
            Self::Full => "no space is left",
            Self::Damaged => "it is damaged",
            Self::Medium => "the disk failed",
            Self::Other => "the operation failed",
        })
    }
}

impl Trouble {
    fn of(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Self::Medium,
            _ => Self::Other,
        }
    }

    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Locked => Some("end the program that holds it (`fuser FILE` shows it)"),
            Self::ReadOnly => Some("make the file and its folder writable for phoebed"),
            Self::Full => Some("free some space; nothing is kept until then"),
            Self::Damaged => Some(
                "stop phoebed, rescue what is readable with `sqlite3 FILE .recover`, and put the \
                 result or a backup in its place",
            ),
            Self::Medium => Some("look for errors of the disk in the kernel's log (`dmesg`)"),
            Self::Other => None,
        }
    }
}

impl StateError {
    /// Whether the file cannot be used as it is, so that trying again is of no use.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Newer { .. } | Self::NotCopied { .. } | Self::Foreign { .. })
    }

    /// The next step for the operator, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Newer { .. } => Some(
                "install the newer phoebed again; or, to go back, move the file and its -wal \
                 away and put the copy from before the upgrade in its place: what was written \
                 since then is lost",
            ),
            Self::NotCopied { .. } => Some("make room in its folder, and start phoebed again"),
            Self::Foreign { .. } => Some("set [state] directory to a folder of phoebed's own"),
            Self::Database { trouble, .. } => trouble.hint(),
            Self::Io { .. } => Some("make the folder and its files writable for phoebed"),
            Self::Migration { .. } => Some("the file is unchanged; report this with the log"),
            Self::Missing { .. } => Some("put the file back, or start phoebed again"),
            Self::Unusable { .. } => Some(
                "install the engine's versions of before again; damaged states are kept in the \
                 table `damaged`",
            ),
            Self::TooLarge { .. } => Some("save the bundle and start a session with less in it"),
            Self::Busy { .. } => Some("try again in a moment; find out why the disk is slow"),
            Self::JournalFull { .. } => Some("save the bundle and load it again"),
            Self::UnknownSession { .. }
            | Self::NoSnapshot { .. }
            | Self::JobKnown { .. }
            | Self::JobsWaiting { .. }
            | Self::JobsTooLarge { .. }
            | Self::Closed => None,
        }
    }

    /// What the disk's trouble is, if it is that.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Database { trouble, .. } => Some(*trouble),
            _ => None,
        }
    }

    pub(super) fn from_sqlite(path: &Path, action: &'static str, source: rusqlite::Error) -> Self {
        let trouble = Trouble::of(&source);
        Self::Database { path: path.to_owned(), action, trouble, source: Arc::new(source) }
    }

    pub(super) fn from_copy(path: &Path, source: CopyError) -> Self {
        match source {
            CopyError::Sqlite(error) if upgrade_copy::is_locked(&error) => {
                Self::from_sqlite(path, "copy before its upgrade", error)
            }
            source => Self::NotCopied { path: path.to_owned(), why: source.to_string() },
        }
    }

    pub(super) fn from_io(path: &Path, action: &'static str, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), action, source: Arc::new(source) }
    }
}
