//! Finds out what a file is without changing a byte of it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, ffi};

use super::connection::OPEN_PATIENCE;
use super::error::StoreError;
use super::schema::{APPLICATION_ID, LATEST, columns, marks, tables};
use super::upgrade_copy;

/// Files up to this size are read through for damage at each start (under a second).
const CHECK_LIMIT: u64 = 256 << 20;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const USER_VERSION_OFFSET: usize = 60;
const APPLICATION_ID_OFFSET: usize = 68;

/// What there is at the path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No file.
    Nothing,
    /// An empty file, or a database without tables.
    Blank,
    /// An older server's database.
    Legacy,
    /// A log database of this program, with its schema version.
    Ours(i64),
}

/// Looks at the file, or refuses it.
pub(super) fn inspect(path: &Path) -> Result<Found, StoreError> {
    let size = match fs::metadata(path) {
        Ok(meta) => meta.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(StoreError::from_io(path, "look at", error)),
    };
    if size == 0 {
        return Ok(Found::Blank);
    }
    check_header(path)?;
    let connection = open_untouched(path)?;
    let sql = |error| StoreError::from_sqlite(path, "read", error);
    let found = classify(path, &connection)?;
    if size <= CHECK_LIMIT {
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sql)?;
        if verdict != "ok" {
            return Err(corrupt(path, verdict));
        }
    }
    Ok(found)
}

/// The fixed fields of the first page, before SQLite opens (and may recover) anything.
fn check_header(path: &Path) -> Result<(), StoreError> {
    let io = |error| StoreError::from_io(path, "read", error);
    let mut header = Vec::with_capacity(100);
    File::open(path).map_err(io)?.take(100).read_to_end(&mut header).map_err(io)?;
    if header.len() < 100 || !header.starts_with(MAGIC) {
        return Err(corrupt(path, "this is no SQLite database".to_owned()));
    }
    let field = |at: usize| {
        i64::from(i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]))
    };
    check_marks(path, field(APPLICATION_ID_OFFSET), field(USER_VERSION_OFFSET))
}

/// Refuses other programs' and newer databases.
pub(super) fn check_marks(path: &Path, application: i64, version: i64) -> Result<(), StoreError> {
    match (application, version) {
        (APPLICATION_ID, found) if found > LATEST => {
            let copy = upgrade_copy::find(path, LATEST);
            Err(StoreError::Newer { path: path.to_owned(), found, known: LATEST, copy })
        }
        (APPLICATION_ID, _) | (0, 0) => Ok(()),
        (0, version) => Err(foreign(path, format!("its user_version is {version}"))),
        (id, _) => Err(foreign(path, format!("its application_id is {id:#x}"))),
    }
}

fn classify(path: &Path, connection: &Connection) -> Result<Found, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "read", error);
    let (application, version) = marks(connection).map_err(sql)?;
    check_marks(path, application, version)?;
    let has = |table: &str| Ok(!columns(connection, table).map_err(sql)?.is_empty());
    if application == APPLICATION_ID && version > 0 {
        for table in tables(version) {
            if !has(table)? {
                return Err(corrupt(path, format!("table {table} is missing")));
            }
        }
        return Ok(Found::Ours(version));
    }
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(sql)?;
    if objects == 0 {
        return Ok(Found::Blank);
    }
    let sessions = columns(connection, "sessions").map_err(sql)?;
    for column in ["session_id", "created_at", "status"] {
        if !sessions.iter().any(|name| name == column) {
            return Err(foreign(path, format!("it has no sessions.{column}")));
        }
    }
    for table in ["session_metrics", "session_commands"] {
        if !has(table)? {
            return Err(foreign(path, format!("it has no table {table}")));
        }
    }
    Ok(Found::Legacy)
}

/// A connection that only reads. Without a log to replay the file is opened as immutable, so
/// that not even side files appear; otherwise SQLite must look into the log, still read-only.
fn open_untouched(path: &Path) -> Result<Connection, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "open", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let has_log = ["-wal", "-journal"]
        .iter()
        .any(|suffix| fs::metadata(side_file(path, suffix)).is_ok_and(|meta| meta.len() > 0));
    let option = if has_log { "mode=ro" } else { "immutable=1" };
    let connection = Connection::open_with_flags(uri(path, option), flags).map_err(sql)?;
    connection.busy_timeout(OPEN_PATIENCE).map_err(sql)?;
    match marks(&connection) {
        Err(error) if is_hot_journal(&error) => {
            // Half a transaction of a program that died: only a writer may take it back.
            let writer = Connection::open(path).map_err(sql)?;
            marks(&writer).map_err(sql)?;
            Ok(connection)
        }
        Err(error) => Err(sql(error)),
        Ok(_) => Ok(connection),
    }
}

fn is_hot_journal(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|code| code.extended_code == ffi::SQLITE_READONLY_ROLLBACK)
}

/// `sessions.db` and `-wal` make `sessions.db-wal`.
pub(crate) fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// SQLite's URI form: everything but letters, digits and a few signs escaped.
pub(super) fn uri(path: &Path, option: &str) -> String {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    let mut text = String::from("file:");
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                text.push(char::from(byte));
            }
            other => {
                let _ = write!(text, "%{other:02X}");
            }
        }
    }
    text + "?" + option
}

fn corrupt(path: &Path, why: String) -> StoreError {
    StoreError::Corrupt { path: path.to_owned(), why }
}

fn foreign(path: &Path, why: String) -> StoreError {
    StoreError::Foreign { path: path.to_owned(), why }
}
