//! A database is made where there is none, and what an unclean end left is put right.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{build, command, end, metric, one, open, place, start};
use crate::store::events::{SessionChanged, StoreEvent, status};
use crate::store::{Store, StoreError, StoreOptions};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}

#[tokio::test]
async fn a_new_database_is_readable_by_its_group_only() {
    let (folder, _) = place();
    let path = folder.path().join("a b%?#/data/sessions.db");
    let (store, report) = open(&path);
    assert!(report.created);
    assert_eq!(mode(&path), 0o640);
    assert_eq!(mode(path.parent().expect("folder")), 0o750);
    store.record(start("a"));
    store.flush().await.expect("flush");
    assert_eq!(mode(&path.with_file_name("sessions.db-wal")), 0o640);
    assert!(store.recent_commands("a", 1).await.expect("read").expect("known").is_empty());
    store.close().await.expect("close");
    assert!(!path.with_file_name("sessions.db-wal").exists());
    let journal: String = one(&path, "PRAGMA journal_mode");
    assert_eq!(journal, "wal");
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let (_folder, path) = place();
    fs::write(&path, b"").expect("write");
    let (store, report) = open(&path);
    assert!(report.created);
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_folder_at_the_path_is_an_error() {
    let (folder, _) = place();
    let error = Store::open(StoreOptions::new(folder.path())).expect_err("an error");
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
}

#[tokio::test]
async fn sessions_that_an_unclean_end_left_active_get_their_last_sign_of_life_as_end() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    for session in ["used", "unused", "asleep", "ended"] {
        store.record(start(session));
    }
    store.record(command("used", "get_value"));
    store.record(metric("used"));
    store.record(end("ended"));
    store.record(StoreEvent::SessionChanged(SessionChanged {
        session_id: "asleep".to_owned(),
        status: status::HIBERNATED.into(),
        port: None,
    }));
    store.close().await.expect("close");

    let (store, report) = open(&path);
    assert_eq!(report.ended_half_done, 2);
    let rows: String = one(
        &path,
        "SELECT group_concat(session_id || ' ' || status || ' ' ||
             COALESCE(termination_reason, '-')) FROM (SELECT * FROM sessions ORDER BY session_id)",
    );
    assert_eq!(
        rows,
        "asleep hibernated -,ended terminated manual,unused terminated server_died,\
         used terminated server_died"
    );
    let matching: i64 = one(
        &path,
        "SELECT count(*) FROM sessions WHERE session_id = 'unused' AND destroyed_at = created_at
         OR session_id = 'used' AND destroyed_at =
             (SELECT max(timestamp) FROM session_metrics WHERE session_id = 'used')",
    );
    assert_eq!(matching, 2);

    // It was brought back: its row is active again.
    store.record(start("used"));
    store.flush().await.expect("flush");
    let live: i64 = one(
        &path,
        "SELECT count(*) FROM sessions WHERE session_id = 'used' AND status = 'active'
         AND destroyed_at IS NULL AND termination_reason IS NULL",
    );
    assert_eq!(live, 1);
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_transaction_of_an_older_server_is_taken_back() {
    let (folder, path) = place();
    build(&path, super::OLDEST);
    let other = rusqlite::Connection::open(&path).expect("open");
    other.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN").expect("begin");
    for turn in 0..2000 {
        other
            .execute(
                "INSERT INTO session_commands (session_id, timestamp, command_name, success)
                 VALUES ('lost', ?1, 'some_rather_long_command_name', 1)",
                [turn],
            )
            .expect("insert");
    }
    let crashed = folder.path().join("crashed.db");
    fs::copy(&path, &crashed).expect("copy");
    fs::copy(folder.path().join("sessions.db-journal"), folder.path().join("crashed.db-journal"))
        .expect("copy the journal");
    let (store, report) = open(&crashed);
    assert!(report.adopted);
    let lost: i64 = one(&crashed, "SELECT count(*) FROM session_commands WHERE session_id='lost'");
    assert_eq!(lost, 0);
    store.close().await.expect("close");
}

#[tokio::test]
async fn what_was_flushed_before_a_kill_is_there_at_the_next_start() {
    let (folder, path) = place();
    let (store, _) = open(&path);
    store.record(start("a"));
    store.record(command("a", "get_value"));
    store.flush().await.expect("flush");
    let killed = folder.path().join("killed.db");
    for suffix in ["", "-wal"] {
        let from = folder.path().join(format!("sessions.db{suffix}"));
        fs::copy(from, folder.path().join(format!("killed.db{suffix}"))).expect("copy");
    }
    let (next, report) = open(&killed);
    assert_eq!((report.ended_half_done, report.created), (1, false));
    assert_eq!(next.recent_commands("a", 9).await.expect("read").expect("known").len(), 1);
    next.close().await.expect("close");
    store.close().await.expect("close");
}
