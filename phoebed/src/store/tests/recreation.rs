//! `init-db`: nothing is lost, no user id comes back.

use std::fs;

use super::{build, command, new_user, one, open, place, start, started};
use crate::store::{InitOutcome, StoreError, init};

#[test]
fn an_existing_database_is_left_alone_without_force() {
    let (_folder, path) = place();
    assert_eq!(init(&path, false).expect("make"), InitOutcome::Created);
    let before = fs::read(&path).expect("read");
    assert_eq!(init(&path, false).expect("again"), InitOutcome::Kept);
    assert_eq!(fs::read(&path).expect("read"), before);
}

#[tokio::test]
async fn a_running_store_starts_afresh_and_keeps_the_old_file() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    for email in ["a@example.org", "b@example.org"] {
        store.create_user(new_user(email)).await.expect("user");
    }
    for session in ["live", "old", "older"] {
        store.record(start(session));
    }
    store.record(command("old", "get_value"));
    let report =
        store.recreate(|| vec![started("live"), started("newest")]).await.expect("recreate");
    assert_eq!(report.users_only_in_backup, Some(2));
    assert_eq!(report.sessions_only_in_backup, Some(2));
    assert_eq!((report.sessions_registered, report.last_user_id), (2, 2));

    let backup = report.backup.expect("a backup");
    let kept: i64 = one(&backup, "SELECT count(*) FROM session_commands");
    assert_eq!(kept, 1);
    let name = backup.file_name().expect("name").to_string_lossy().into_owned();
    assert!(name.starts_with("sessions.db.20") && name.ends_with('Z'), "{name}");

    let user = store.create_user(new_user("a@example.org")).await.expect("user");
    assert_eq!(user.id, 3);
    store.record(command("live", "get_value"));
    store.flush().await.expect("flush");
    let rows: String = one(
        &path,
        "SELECT group_concat(session_id) || (SELECT count(*) FROM session_commands)
         FROM (SELECT * FROM sessions WHERE status = 'active' ORDER BY session_id)",
    );
    assert_eq!(rows, "live,newest1");
    let second = store.recreate(Vec::new).await.expect("again").backup.expect("a backup");
    assert_ne!(second, backup);
    assert_eq!(store.create_user(new_user("c@example.org")).await.expect("user").id, 4);
    store.close().await.expect("close");
}

#[test]
fn an_older_servers_database_can_be_replaced_without_a_daemon() {
    let (_folder, path) = place();
    build(&path, super::LEGACY);
    let InitOutcome::Recreated(report) = init(&path, true).expect("recreate") else {
        panic!("not recreated");
    };
    assert_eq!((report.users_only_in_backup, report.sessions_only_in_backup), (Some(3), Some(3)));
    assert_eq!(report.last_user_id, 9);
    let version: i64 = one(&path, "PRAGMA user_version");
    assert_eq!(version, crate::store::schema::LATEST);
}

#[test]
fn a_damaged_database_becomes_a_backup_and_ids_begin_beyond_any() {
    let (_folder, path) = place();
    fs::write(&path, vec![7; 10_000]).expect("write");
    fs::write(path.with_file_name("sessions.db-wal"), b"a log").expect("write");
    let InitOutcome::Recreated(report) = init(&path, true).expect("recreate") else {
        panic!("not recreated");
    };
    assert_eq!(report.users_only_in_backup, None);
    assert!(report.last_user_id > 1_700_000_000);
    let backup = report.backup.expect("a backup");
    assert_eq!(fs::read(&backup).expect("read"), vec![7; 10_000]);
    let mut log = backup.into_os_string();
    log.push("-wal");
    assert_eq!(fs::read(log).expect("read"), b"a log");
    let users: i64 = one(&path, "SELECT count(*) FROM users");
    assert_eq!(users, 0);
}

#[tokio::test]
async fn a_database_that_somebody_reads_in_a_transaction_is_not_replaced() {
    let (folder, path) = place();
    let (store, _) = open(&path);
    store.record(start("a"));
    store.flush().await.expect("flush");
    let reader = rusqlite::Connection::open(&path).expect("open");
    reader.execute_batch("BEGIN; SELECT * FROM sessions").expect("read");
    store.record(start("b"));
    let error = store.recreate(Vec::new).await.expect_err("refused");
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    let files = fs::read_dir(folder.path()).expect("list").count();
    assert_eq!(files, 3, "the database, its log and its index only");
    reader.execute_batch("COMMIT").expect("end");
    store.flush().await.expect("the store goes on");
    store.recreate(Vec::new).await.expect("now it works");
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_database_that_was_removed_is_reported_and_can_be_made_anew() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    fs::remove_file(&path).expect("remove");
    store.record(start("a"));
    assert!(store.flush().await.is_err());
    assert!(store.status().cause.expect("a cause").contains("does not exist"));
    let report = store.recreate(|| vec![started("b")]).await.expect("recreate");
    assert_eq!((report.backup, report.users_only_in_backup), (None, None));
    store.flush().await.expect("flush");
    let sessions: i64 = one(&path, "SELECT count(*) FROM sessions");
    assert_eq!(sessions, 2);
    store.close().await.expect("close");
}
