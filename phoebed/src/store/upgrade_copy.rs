//! Copies of databases from before their upgrade: what there is to go back to with an older program,
//! which refuses the upgraded file. Both databases of the daemon have them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use super::inspect::side_file;

/// Stands between the database's name, and its schema version and the time.
const MARK: &str = ".schema-";
/// What stays free beside a copy, in bytes: the databases go on growing.
const SPARE: u64 = 64 << 20;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// SQLite could not write it.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A file operation failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The disk is too full. Nothing was written.
    #[error("it takes {need} MiB, and {free} MiB are free there")]
    NoRoom {
        /// What the copy takes, with something to spare, in MiB.
        need: u64,
        /// What there is, in MiB.
        free: u64,
    },
}

/// Whether somebody else holds the database now, and not for ever.
pub fn is_locked(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Copies the database of this schema version beside itself, as
/// `sessions.db.schema-1-2026-07-25T101500Z`, for the same to read; answers the name. It is there
/// under that name only when it is whole and on the disk, and then older ones of this version go.
pub fn make(path: &Path, connection: &Connection, version: i64) -> Result<PathBuf, CopyError> {
    let stamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ");
    let copy = side_file(path, &format!("{MARK}{version}-{stamp}"));
    let partial = side_file(path, &format!("{MARK}{version}.unfinished"));
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    check_room(size(connection)?, free_beside(path)?)?;
    let mode = fs::metadata(path)?.mode() & 0o777;
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&partial)?;
    let filled = fill(connection, &partial, &file);
    let named = filled.and_then(|()| Ok(fs::rename(&partial, &copy)?));
    if let Err(error) = named {
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    File::open(folder_of(path))?.sync_all()?;
    for (_, older) in copies(path).filter(|((of, _), it)| *of == version && *it != copy) {
        if let Err(error) = fs::remove_file(&older) {
            log::warn!("cannot remove the older copy {}: {error}", older.display());
        }
    }
    Ok(copy)
}

/// How large the copy is at most, in bytes.
fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    Ok(u64::from(pragma("page_count")?) * u64::from(pragma("page_size")?))
}

/// What the daemon may still write there, in bytes.
fn free_beside(path: &Path) -> io::Result<u64> {
    let found = nix::sys::statvfs::statvfs(folder_of(path))?;
    Ok(found.blocks_available().saturating_mul(found.fragment_size()))
}

fn check_room(size: u64, free: u64) -> Result<(), CopyError> {
    let need = size.saturating_add(SPARE);
    if free >= need {
        return Ok(());
    }
    Err(CopyError::NoRoom { need: need >> 20, free: free >> 20 })
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

fn fill(connection: &Connection, partial: &Path, file: &File) -> Result<(), CopyError> {
    use std::os::unix::ffi::OsStrExt;
    // As bytes: a path need not be text.
    let name = partial.as_os_str().as_bytes();
    connection.execute("VACUUM INTO CAST(?1 AS TEXT)", [name])?;
    Ok(file.sync_all()?)
}

/// The latest copy of this database that a program can use which knows this version, if there is
/// one beside it.
pub fn find(path: &Path, known: i64) -> Option<PathBuf> {
    let usable = copies(path).filter(|((version, _), _)| *version <= known);
    usable.max_by(|(left, _), (right, _)| left.cmp(right)).map(|(_, path)| path)
}

/// The copies of this database: of which version, from when, and where.
fn copies(path: &Path) -> impl Iterator<Item = ((i64, String), PathBuf)> {
    let name = path.file_name().map(|name| side_file(Path::new(name), MARK).into_os_string());
    let prefix = name.and_then(|name| name.into_string().ok());
    let entries = fs::read_dir(folder_of(path)).into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let name = entry.file_name();
        let (version, stamp) = name.to_str()?.strip_prefix(prefix.as_ref()?)?.split_once('-')?;
        Some(((version.parse().ok()?, stamp.to_owned()), entry.path()))
    })
}

/// The end of the sentence that refuses a newer database.
pub fn told(copy: Option<&Path>) -> String {
    match copy {
        Some(copy) => format!(
            "; {} is its copy from before the upgrade, which this phoebed can use",
            copy.display()
        ),
        None => "; there is no copy from before the upgrade beside it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_copy_is_the_database_as_it_was_and_the_latest_usable_one_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's.db");
        let database = Connection::open(&path).unwrap();
        database
            .execute_batch(
                "PRAGMA journal_mode = wal; PRAGMA user_version = 3; PRAGMA application_id = 7;
                 CREATE TABLE t (a); INSERT INTO t VALUES (1)",
            )
            .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(find(&path, 9), None);
        let copy = make(&path, &database, 3).unwrap();
        assert!(copy.to_str().unwrap().contains("it's.db.schema-3-20"), "{copy:?}");
        assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o600);
        database.execute_batch("DROP TABLE t; PRAGMA user_version = 4").unwrap();
        let read = Connection::open(&copy).unwrap();
        let pragma = |name| read.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        assert_eq!((pragma("user_version"), pragma("application_id")), (Ok(3), Ok(7)));
        assert_eq!(read.query_row("SELECT a FROM t", [], |row| row.get(0)), Ok(1));
        for name in ["it's.db.schema-10-2031-01-01T000000Z", "it's.db.schema-2-2032-01-01T000000Z"]
        {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(find(&path, 3), Some(copy));
        assert!(find(&path, 10).unwrap().to_str().unwrap().contains("schema-10-"));
        assert_eq!(find(&path, 1), None);
        // A second one takes the place of the first, and of no other.
        fs::remove_file(find(&path, 2).unwrap()).unwrap();
        let mine = side_file(&path, ".copy");
        fs::write(&mine, "an operator's own").unwrap();
        let older = side_file(&path, ".schema-4-2020-01-01T000000Z");
        fs::write(&older, "").unwrap();
        let second = make(&path, &database, 4).unwrap();
        assert!(!older.exists() && mine.exists());
        let all: Vec<_> = copies(&path).map(|((version, _), path)| (version, path)).collect();
        assert_eq!(all.len(), 3);
        assert!(all.contains(&(4, second)));
    }

    #[test]
    fn a_copy_is_made_only_where_there_is_room_for_it() {
        check_room(1 << 30, (1 << 30) + SPARE).unwrap();
        let error = check_room(1 << 30, 1 << 30).unwrap_err();
        assert_eq!(error.to_string(), "it takes 1088 MiB, and 1024 MiB are free there");
        let folder = tempfile::tempdir().unwrap();
        let database = Connection::open(folder.path().join("a.db")).unwrap();
        database.execute_batch("CREATE TABLE t (a)").unwrap();
        assert_eq!(size(&database).unwrap(), 8192);
        assert!(free_beside(&folder.path().join("a.db")).unwrap() > 0);
    }

    #[test]
    fn a_copy_that_cannot_be_made_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let database = Connection::open(&path).unwrap();
        database.execute_batch("CREATE TABLE t (a); BEGIN").unwrap();
        assert!(matches!(make(&path, &database, 1), Err(CopyError::Sqlite(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
