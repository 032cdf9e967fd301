//! Copies of databases from before their upgrade: what there is to go back to with an older program,
//! which refuses the upgraded file. Both databases of the daemon have them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::inspect::side_file;

/// Stands between the database's name, and its schema version and the time.
const MARK: &str = ".schema-";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// SQLite could not write it.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A file operation failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Copies the database of this schema version beside itself, as
/// `sessions.db.schema-1-2026-07-25T101500Z`, for the same to read; answers the name. It is there
/// under that name only when it is whole and on the disk.
pub fn make(path: &Path, connection: &Connection, version: i64) -> Result<PathBuf, CopyError> {
    let stamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ");
    let copy = side_file(path, &format!("{MARK}{version}-{stamp}"));
    let partial = side_file(path, ".copy");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mode = fs::metadata(path)?.mode() & 0o777;
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&partial)?;
    let filled = fill(connection, &partial, &file);
    let named = filled.and_then(|()| Ok(fs::rename(&partial, &copy)?));
    if let Err(error) = named {
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(copy)
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
    let prefix = side_file(Path::new(path.file_name()?), MARK).into_os_string();
    let prefix = prefix.to_str()?.to_owned();
    let entries = fs::read_dir(path.parent()?).ok()?;
    let copies = entries.flatten().filter_map(|entry| {
        let name = entry.file_name();
        let (version, stamp) = name.to_str()?.strip_prefix(&prefix)?.split_once('-')?;
        let version: i64 = version.parse().ok()?;
        (version <= known).then(|| ((version, stamp.to_owned()), entry.path()))
    });
    copies.max_by(|(left, _), (right, _)| left.cmp(right)).map(|(_, path)| path)
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
        assert!(!side_file(&path, ".copy").exists());
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
