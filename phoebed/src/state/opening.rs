//! From a path to a database that is ready to write: looked at, replaced when damaged, made,
//! brought up to date.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::error::{StateError, Trouble};
use super::options::Durability;
use super::replacing::{finish_replacing, replace};
use crate::store::{side_file, upgrade_copy};

/// `PRAGMA application_id`: "PHES". Set by the first migration.
const APPLICATION_ID: i64 = 0x5048_4553;
/// `PRAGMA user_version` of an up-to-date database.
pub(super) const LATEST: i64 = 2;
const TABLES: [&str; 4] = ["sessions", "snapshots", "journal", "damaged"];

/// All migrations in order. Append only: never change one that was released.
static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::new(vec![
        M::up(include_str!("../../../migrations/state/0001_sessions.sql")),
        M::up(include_str!("../../../migrations/state/0002_jobs.sql")),
    ])
});

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// How long a lock of another process is sat out.
const PATIENCE: Duration = Duration::from_secs(2);
/// Files up to this size are read through for damage at each start (under a second).
const CHECK_LIMIT: u64 = 256 << 20;
/// The log is cut back to this size, in bytes, when it starts anew.
pub(super) const LOG_SIZE: i64 = 4 << 20;
/// Pages of log after which the writer itself moves it into the file: a bound for when it is
/// never quiet for long enough for the syncer to do so.
const LOG_PAGES: i64 = 16_384;

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// The database was made now.
    pub created: bool,
    /// A damaged database was there; it is here now.
    pub set_aside: Option<PathBuf>,
    /// So many sessions of it could be read.
    pub salvaged: u64,
}

impl fmt::Display for OpenReport {
    /// Opened, or what was done instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.set_aside {
            Some(path) => write!(
                f,
                "a damaged one is set aside as {}, and {} sessions of it are read",
                path.display(),
                self.salvaged
            ),
            None => f.write_str(if self.created { "made" } else { "opened" }),
        }
    }
}

/// Why a file is not opened as it is.
enum Unfit {
    Damaged(String),
    Refused(StateError),
}

impl From<StateError> for Unfit {
    fn from(error: StateError) -> Self {
        match &error {
            StateError::Database { trouble: Trouble::Damaged, source, .. } => {
                Self::Damaged(source.to_string())
            }
            _ => Self::Refused(error),
        }
    }
}

/// Opens the database for writing. A newer or foreign file is refused and not touched.
pub(super) fn prepare(
    path: &Path,
    durability: Durability,
) -> Result<(Connection, OpenReport), StateError> {
    finish_replacing(path)?;
    let mut report = OpenReport::default();
    let is_there = match examine(path) {
        Ok(is_there) => is_there,
        Err(Unfit::Refused(error)) => return Err(error),
        Err(Unfit::Damaged(why)) => {
            report = replace(path, durability, &why)?;
            true
        }
    };
    if !is_there {
        make_file(path)?;
        report.created = true;
    }
    Ok((open_migrated(path, durability)?, report))
}

pub(super) fn open_migrated(path: &Path, durability: Durability) -> Result<Connection, StateError> {
    let mut connection = open_writer(path, durability)?;
    keep_copy(path, &connection, LATEST)?;
    MIGRATIONS.to_latest(&mut connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => {
            StateError::from_sqlite(path, "upgrade the schema of", err)
        }
        error => StateError::Migration { path: path.to_owned(), source: Arc::new(error) },
    })?;
    Ok(connection)
}

/// Copies a database of an older version than this: an older program refuses the file after its
/// upgrade, and can go back to the copy.
fn keep_copy(path: &Path, connection: &Connection, latest: i64) -> Result<(), StateError> {
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| StateError::from_sqlite(path, "read", error))?;
    if !(1..latest).contains(&version) {
        return Ok(());
    }
    let copy = upgrade_copy::make(path, connection, version)
        .map_err(|error| StateError::from_copy(path, error))?;
    log::warn!(
        "the state database is upgraded from schema version {version} to {latest}; for an older \
         phoebed, {} is a copy from before",
        copy.display()
    );
    Ok(())
}

/// A connection that writes to the file that is there.
///
/// `NORMAL` syncs only when the log is moved into the file: a power cut may take the end of the
/// log (whole transactions, by its checksums) but damages nothing. `FULL` syncs each commit.
pub(super) fn open_writer(path: &Path, durability: Durability) -> Result<Connection, StateError> {
    let sql = |error| StateError::from_sqlite(path, "open", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    connection.busy_timeout(PATIENCE).map_err(sql)?;
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(sql)?;
    if mode != "wal" {
        log::warn!(path:% = path.display(), mode; "the file system allows no write-ahead log");
    }
    let synchronous = match durability {
        Durability::Power => "FULL",
        Durability::Process => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous).map_err(sql)?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE).map_err(sql)?;
    let pages = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    connection
        .pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, pages)
        .map_err(sql)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StateError> {
    let sql = |error| StateError::from_sqlite(path, "open", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    connection.busy_timeout(PATIENCE).map_err(sql)?;
    Ok(connection)
}

/// Whether there is a database of ours; nothing and an empty file are none.
fn examine(path: &Path) -> Result<bool, Unfit> {
    let length = |path: &Path| match fs::metadata(path) {
        Ok(meta) => Ok(meta.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(StateError::from_io(path, "look at", error)),
    };
    let size = length(path)?;
    if size == 0 {
        // SQLite would delete a log without its database, and the sessions in it.
        return match length(&side_file(path, "-wal"))? {
            0 => Ok(false),
            _ => Err(Unfit::Damaged("the file is empty, only its log is there".to_owned())),
        };
    }
    check_header(path)?;
    let sql = |error| StateError::from_sqlite(path, "read", error);
    let connection = open_reader(path)?;
    let is_ours = check_schema(path, &connection)?;
    if is_ours && size <= CHECK_LIMIT {
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sql)?;
        if verdict != "ok" {
            return Err(Unfit::Damaged(verdict));
        }
    }
    Ok(is_ours)
}

/// The fixed fields of the first page, before SQLite opens (and may recover) anything.
fn check_header(path: &Path) -> Result<(), Unfit> {
    let io = |error| StateError::from_io(path, "read", error);
    let mut header = Vec::with_capacity(100);
    File::open(path).map_err(io)?.take(100).read_to_end(&mut header).map_err(io)?;
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return Err(Unfit::Damaged("it does not begin like a SQLite database".to_owned()));
    }
    let field = |at: usize| {
        i64::from(i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]))
    };
    // user_version is at 60, application_id at 68. Both are 0 while they are only in the log.
    check_marks(path, field(68), field(60))
}

fn check_marks(path: &Path, application: i64, version: i64) -> Result<(), Unfit> {
    let foreign = |why| StateError::Foreign { path: path.to_owned(), why };
    match (application, version) {
        (APPLICATION_ID, found) if found > LATEST => {
            let copy = upgrade_copy::find(path, LATEST);
            Err(StateError::Newer { path: path.to_owned(), found, known: LATEST, copy }.into())
        }
        (APPLICATION_ID, _) | (0, 0) => Ok(()),
        (0, version) => Err(foreign(format!("its user_version is {version}")).into()),
        (id, _) => Err(foreign(format!("its application_id is {id:#x}")).into()),
    }
}

fn check_schema(path: &Path, connection: &Connection) -> Result<bool, Unfit> {
    let sql = |error| StateError::from_sqlite(path, "read", error);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0)).map_err(sql);
    let application = pragma("application_id")?;
    check_marks(path, application, pragma("user_version")?)?;
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(sql)?;
    if application != APPLICATION_ID {
        return match tables.first() {
            None => Ok(false),
            Some(table) => {
                let why = format!("it has a table {table}");
                Err(StateError::Foreign { path: path.to_owned(), why }.into())
            }
        };
    }
    match TABLES.iter().find(|name| !tables.iter().any(|table| table == *name)) {
        Some(name) => Err(Unfit::Damaged(format!("table {name} is missing"))),
        None => Ok(true),
    }
}

/// Makes the file (and its folder) when it is not there, for nobody else to read: it holds what
/// users work on.
pub(super) fn make_file(path: &Path) -> Result<(), StateError> {
    let folder = folder_of(path);
    let io = |error| StateError::from_io(folder, "make the folder", error);
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(io)?;
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(StateError::from_io(path, "make", error));
        }
        _ => {}
    }
    sync_folder(path)
}

/// The name must survive a power cut as well as the content does.
pub(super) fn sync_folder(path: &Path) -> Result<(), StateError> {
    let folder = folder_of(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StateError::from_io(folder, "sync the folder", error))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_copied_before_its_upgrade_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let (connection, _) = prepare(&path, Durability::Process).unwrap();
        keep_copy(&path, &connection, LATEST).unwrap();
        assert_eq!(upgrade_copy::find(&path, i64::MAX), None);
        // As the next version of this program does.
        keep_copy(&path, &connection, LATEST + 1).unwrap();
        connection.pragma_update(None, "user_version", LATEST + 1).unwrap();
        connection.close().unwrap();
        let refused = prepare(&path, Durability::Process).unwrap_err();
        let copy = upgrade_copy::find(&path, LATEST).unwrap();
        let name = copy.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(&format!("state.db.schema-{LATEST}-")), "{name}");
        assert!(refused.to_string().contains(name), "{refused}");
        assert!(refused.hint().unwrap().contains("put the copy"));
        fs::rename(&copy, &path).unwrap();
        prepare(&path, Durability::Process).unwrap();
    }
}
