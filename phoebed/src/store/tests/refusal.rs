//! Databases that are not ours to write are refused and stay as they are.

use std::fs;
use std::path::Path;

use super::{build, open, place};
use crate::store::{Store, StoreError, StoreOptions, init};

/// Opens, expects a refusal, and that the folder is byte for byte as before.
fn refused(path: &Path) -> StoreError {
    let folder = path.parent().expect("folder");
    let before = contents(folder);
    let error = Store::open(StoreOptions::new(path)).expect_err("a refusal");
    assert_eq!(contents(folder), before, "touched by: {error}");
    assert!(error.hint().is_some(), "no hint for: {error}");
    error
}

fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("list")
        .map(|entry| entry.expect("entry").path())
        .map(|path| (path.clone(), fs::read(path).expect("read")))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_newer_database_is_refused_untouched() {
    let (_folder, path) = place();
    init(&path, false).expect("make");
    build(&path, "PRAGMA user_version = 99; CREATE TABLE future (x)");
    let error = refused(&path);
    assert!(matches!(error, StoreError::Newer { found: 99, .. }));
    assert!(error.to_string().contains("schema version 99"));
}

#[tokio::test]
async fn a_downgrade_is_refused_and_told_which_copy_it_can_go_back_to() {
    let (folder, path) = place();
    build(&path, crate::store::schema::FIRST);
    build(&path, "PRAGMA user_version = 1");
    let (store, report) = open(&path);
    assert_eq!(report.upgraded_from, Some(1));
    store.close().await.expect("close");
    let copies: Vec<_> = contents(folder.path()).into_iter().map(|(path, _)| path).collect();
    let copies: Vec<_> = copies.iter().filter(|file| **file != path).collect();
    let [copy] = copies[..] else { panic!("one copy: {copies:?}") };
    let name = copy.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.starts_with("sessions.db.schema-1-20"), "{name}");
    // What this program is to a database of the next one.
    build(&path, "PRAGMA user_version = 99");
    let error = refused(&path);
    assert!(error.to_string().contains(&name), "{error}");
    assert!(error.hint().expect("a hint").contains("put the copy"));
    fs::rename(copy, &path).expect("go back");
    assert_eq!(open(&path).1.upgraded_from, Some(1));
}

#[tokio::test]
async fn a_newer_database_is_refused_also_when_that_is_only_in_its_log() {
    let (folder, path) = place();
    init(&path, false).expect("make");
    let other = rusqlite::Connection::open(&path).expect("open");
    other.execute_batch("PRAGMA user_version = 99").expect("newer");
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).expect("folder");
    for name in ["sessions.db", "sessions.db-wal"] {
        fs::copy(folder.path().join(name), copy.join(name)).expect("copy");
    }
    let before = contents(&copy);
    let error = Store::open(StoreOptions::new(copy.join("sessions.db"))).expect_err("refusal");
    assert!(matches!(error, StoreError::Newer { found: 99, .. }));
    let after: Vec<_> = contents(&copy)
        .into_iter()
        .filter(|(path, _)| !path.ends_with("sessions.db-shm"))
        .collect();
    assert_eq!(after, before);
}

#[tokio::test]
async fn another_programs_database_is_refused_untouched() {
    for sql in [
        "CREATE TABLE bookmarks (url)",
        "PRAGMA user_version = 3; CREATE TABLE sessions (session_id, created_at, status)",
        "PRAGMA application_id = 252006673; CREATE TABLE sessions (session_id)",
        "CREATE TABLE sessions (session_id, created_at, status)",
    ] {
        let (_folder, path) = place();
        build(&path, sql);
        assert!(matches!(refused(&path), StoreError::Foreign { .. }), "{sql}");
        assert!(matches!(init(&path, true), Err(StoreError::Foreign { .. })), "{sql}");
    }
}

#[tokio::test]
async fn damaged_databases_are_refused_untouched() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    for turn in 0..400 {
        store.record(super::command("a", &format!("command_{turn}")));
    }
    store.close().await.expect("close");
    let whole = fs::read(&path).expect("read");

    fs::write(
        &path,
        b"this is a text of somebody, long enough to be taken for a page. ".repeat(99),
    )
    .expect("write");
    assert!(matches!(refused(&path), StoreError::Corrupt { .. }));

    let mut holed = whole.clone();
    let middle = holed.len() / 2;
    holed[middle..middle + 8192].fill(0x5a);
    fs::write(&path, &holed).expect("write");
    assert!(matches!(refused(&path), StoreError::Corrupt { .. }));

    fs::write(&path, &whole[..whole.len() / 2]).expect("write");
    assert!(matches!(refused(&path), StoreError::Corrupt { .. }));

    fs::write(&path, &whole[..50]).expect("write");
    assert!(matches!(refused(&path), StoreError::Corrupt { .. }));
}

#[tokio::test]
async fn a_database_of_ours_without_a_table_is_refused() {
    let (_folder, path) = place();
    init(&path, false).expect("make");
    build(&path, "DROP TABLE session_metrics");
    let error = refused(&path);
    assert!(error.to_string().contains("session_metrics"), "{error}");
}
