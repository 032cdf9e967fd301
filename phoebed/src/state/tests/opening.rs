//! What is opened, refused and set aside.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::state::StateError;

#[test]
fn the_file_is_made_for_nobody_else_to_read() {
    let (folder, _) = place();
    let path = folder.path().join("new/state.db");
    let (state, report) = State::open(options(&path)).expect("open");
    assert!(report.created && report.set_aside.is_none());
    let mode = |path: &Path| std::fs::metadata(path).expect("meta").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_file_name("state.db-wal")), 0o600);
    drop(state);
}

#[test]
fn newer_and_foreign_files_are_refused_and_left_alone() {
    let cases = [
        ("PRAGMA application_id = 1346913619; PRAGMA user_version = 99; CREATE TABLE t (a)", true),
        ("PRAGMA application_id = 1346913602; PRAGMA user_version = 2; CREATE TABLE t (a)", false),
        ("PRAGMA user_version = 3", false),
        ("CREATE TABLE t (a)", false),
    ];
    for (sql, newer) in cases {
        let (folder, path) = place();
        let connection = Connection::open(&path).expect("make");
        connection.execute_batch(sql).expect(sql);
        connection.close().expect("close");
        let before = std::fs::read(&path).expect("read");
        let error = State::open(options(&path)).expect_err(sql);
        assert_eq!(matches!(error, StateError::Newer { found: 99, .. }), newer, "{error}");
        assert_eq!(matches!(error, StateError::Foreign { .. }), !newer, "{error}");
        assert!(error.hint().is_some());
        assert_eq!(std::fs::read(&path).expect("read"), before, "{sql}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("list").count(), 1, "{sql}");
    }
}

#[tokio::test]
async fn the_writer_answers_whatever_became_of_a_commit() {
    let (_folder, path) = place();
    let state = open(&path);
    let log = path.with_file_name("state.db-wal");
    let length = || std::fs::metadata(&log).map_or(0, |meta| meta.len());
    state.probe().await.expect("a commit");
    let before = length();
    state.probe().await.expect("a commit");
    assert!(length() > before, "it was written");
    std::fs::remove_file(&path).expect("remove");
    let error = state.probe().await.expect_err("cannot be kept");
    assert!(matches!(error, StateError::Missing { .. }), "{error:?}");
    drop(state.close().await);
    assert!(matches!(state.probe().await, Err(StateError::Closed)));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_with_its_log_under_a_dated_name() {
    let (_folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1")]).await;
    state.close().await.expect("close");
    let mut bytes = std::fs::read(&path).expect("read");
    bytes.truncate(bytes.len() / 2);
    for (content, is_readable) in [(bytes, true), (b"no database".to_vec(), false)] {
        std::fs::write(&path, &content).expect("write");
        std::fs::write(path.with_file_name("state.db-wal"), "a log").expect("write");
        let (state, report) = State::open(options(&path)).expect("open");
        let aside = report.set_aside.expect("set aside");
        assert!(aside.to_string_lossy().contains("state.db.damaged-20"), "{aside:?}");
        assert_eq!(std::fs::read(&aside).expect("read"), content);
        let log = format!("{}-wal", aside.display());
        assert!(std::fs::exists(log).expect("look"));
        assert_eq!(report.salvaged, u64::from(is_readable));
        assert_eq!(state.sessions().await.expect("sessions").len(), usize::from(is_readable));
        keep_all(&state, [fast("f1")]).await;
        state.close().await.expect("close");
    }
}

#[tokio::test]
async fn a_log_without_its_database_is_set_aside_and_an_empty_file_is_none() {
    let (_folder, path) = place();
    std::fs::write(&path, "").expect("write");
    let (state, report) = State::open(options(&path)).expect("open");
    assert!(report.created && report.set_aside.is_none());
    state.close().await.expect("close");
    std::fs::remove_file(&path).expect("remove");
    std::fs::write(path.with_file_name("state.db-wal"), "a log").expect("write");
    let (state, report) = State::open(options(&path)).expect("open");
    let log = format!("{}-wal", report.set_aside.expect("set aside").display());
    assert_eq!(std::fs::read(log).expect("read"), b"a log");
    state.close().await.expect("close");
    std::fs::write(&path, "").expect("write");
    std::fs::write(path.with_file_name("state.db-wal"), "a log").expect("write");
    let (_state, report) = State::open(options(&path)).expect("open");
    let log = format!("{}-wal", report.set_aside.expect("set aside").display());
    assert_eq!(std::fs::read(log).expect("read"), b"a log");
}

#[tokio::test]
async fn a_damaged_file_is_replaced_also_over_the_death_of_the_daemon() {
    let (folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1")]).await;
    state.close().await.expect("close");
    let whole = std::fs::read(&path).expect("read");
    let new = path.with_file_name("state.db.new");
    // Killed while the new one was made: the damaged one is still there, and read again.
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("write");
    for name in ["state.db.new", "state.db.new-wal", "state.db.new-shm"] {
        std::fs::write(path.with_file_name(name), "half").expect("write");
    }
    let (state, report) = State::open(options(&path)).expect("open");
    assert_eq!(report.salvaged, 1);
    state.close().await.expect("close");
    assert!(!new.exists());
    // Killed when the damaged one had gone, but for its log.
    std::fs::remove_file(&path).expect("remove");
    std::fs::write(path.with_file_name("state.db-wal"), "a log").expect("write");
    std::fs::write(&new, &whole).expect("write");
    let (state, report) = State::open(options(&path)).expect("open");
    assert!(!report.created && !new.exists());
    assert_eq!(text(&load(&state, ENGINE).await), "f1");
    state.close().await.expect("close");
    let logs = std::fs::read_dir(folder.path()).expect("list").filter_map(|entry| {
        std::fs::read(entry.expect("entry").path()).ok().filter(|content| content == b"a log")
    });
    assert_eq!(logs.count(), 1, "the old log is set aside");
}
