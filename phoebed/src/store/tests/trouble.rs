//! Locks, full and read-only disks: the caller never waits, and what can be is written later.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{command, end, eventually, metric, one, open, place, start};
use crate::store::events::{SessionActivity, StoreEvent};
use crate::store::{Store, StoreError, StoreOptions, StoreState};

fn commands(path: &Path) -> i64 {
    one(path, "SELECT count(*) FROM session_commands")
}

#[tokio::test]
async fn a_lock_of_another_process_delays_records_and_nothing_else() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let begun = Instant::now();
    for _ in 0..100 {
        store.record(command("a", "get_value"));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "recording waits for nothing");
    let error = store.flush().await.expect_err("cannot be written");
    assert!(matches!(error, StoreError::Unwritten { queued: 100, .. }), "{error:?}");
    let status = store.status();
    assert_eq!((status.state, status.queued), (StoreState::Delayed, 100));
    assert!(status.cause.expect("a cause").contains("locked by another process"));
    other.execute_batch("COMMIT").expect("unlock");
    eventually("it caught up", || store.status().state == StoreState::Ok).await;
    store.flush().await.expect("flush");
    assert_eq!(commands(&path), 100);
    assert!(store.status().last_error.is_some());
    store.close().await.expect("close");
}

#[tokio::test]
async fn the_writer_answers_whatever_became_of_a_commit_unless_it_hangs() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let log = crate::store::side_file(&path, "-wal");
    let length = || std::fs::metadata(&log).map_or(0, |meta| meta.len());
    store.probe().await.expect("a commit");
    let before = length();
    store.probe().await.expect("a commit");
    assert!(length() > before, "it was written");
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let error = store.probe().await.expect_err("cannot be written");
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    other.execute_batch("COMMIT").expect("unlock");
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let hanging = store.durably(move |_| {
        let _ = gate.recv();
        Ok(())
    });
    let mut answers = Box::pin(store.probe());
    let mut hanging = Box::pin(hanging);
    // Whichever is first in the queue: the one that hangs was asked first.
    let waited = tokio::time::timeout(Duration::from_millis(200), async {
        tokio::join!(&mut hanging, &mut answers)
    });
    assert!(waited.await.is_err(), "an answer from a writer that hangs");
    go.send(()).expect("it waits");
    hanging.await.expect("done");
    answers.await.expect("a commit");
    store.close().await.expect("close");
    assert!(matches!(store.probe().await, Err(StoreError::Closed)));
}

#[tokio::test]
async fn a_store_that_starts_on_a_locked_database_catches_up() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.record(start("before"));
    store.close().await.expect("close");
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let (store, report) = open(&path);
    assert!(report.deferred.expect("a cause").contains("locked"));
    store.record(start("after"));
    other.execute_batch("COMMIT").expect("unlock");
    eventually("it caught up", || store.status().state == StoreState::Ok).await;
    store.flush().await.expect("flush");
    let rows: String = one(
        &path,
        "SELECT group_concat(session_id || COALESCE(termination_reason, '-')) FROM sessions",
    );
    assert_eq!(rows, "beforeserver_died,after-");
    store.close().await.expect("close");
}

#[tokio::test]
async fn overflow_is_counted_and_ends_of_sessions_have_a_reserve() {
    let (_folder, path) = place();
    let mut options = StoreOptions::new(&path);
    options.queue_capacity = 16;
    let (store, _) = Store::open(options).expect("open");
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    store.record(start("a"));
    for _ in 0..50 {
        store.record(metric("a"));
        store.record(StoreEvent::SessionActivity(SessionActivity {
            session_id: "a".to_owned(),
            last_activity: 1_700_000_050.0,
        }));
    }
    store.record(end("a"));
    eventually("the burst is said", || {
        let status = store.status();
        status.state == StoreState::Delayed && status.dropping
    })
    .await;
    let status = store.status();
    assert_eq!((status.queued, status.dropped, status.capacity), (15, 37, 16));
    other.execute_batch("COMMIT").expect("unlock");
    eventually("it caught up", || store.status().queued == 0).await;
    store.flush().await.expect("flush");
    store.flush().await.expect("flush");
    assert!(!store.status().dropping);
    let row: String = one(
        &path,
        "SELECT status || last_activity || (SELECT count(*) FROM session_metrics) FROM sessions",
    );
    assert_eq!(row, "terminated1700000050.013");
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_database_that_may_not_grow_or_not_be_written_fails_and_recovers() {
    for read_only in [false, true] {
        let (_folder, path) = place();
        let options = StoreOptions::new(&path);
        let faults = Arc::clone(&options.faults);
        let fault = if read_only { &faults.read_only } else { &faults.full };
        let (store, _) = Store::open(options).expect("open");
        fault.store(true, Ordering::SeqCst);
        for _ in 0..2000 {
            store.record(command("a", &"x".repeat(100)));
        }
        store.flush().await.expect_err("cannot be written");
        let status = store.status();
        assert_eq!((status.state, status.dropped), (StoreState::Failing, 0));
        let cause = status.cause.expect("a cause");
        assert!(cause.contains(if read_only { "read-only" } else { "no space left" }), "{cause}");
        // A first small group may still have found room.
        assert_eq!(status.queued as u64 + status.written, 2000);
        assert_eq!(commands(&path) as u64, status.written, "a group is written whole or not");
        fault.store(false, Ordering::SeqCst);
        eventually("it caught up", || store.status().state == StoreState::Ok).await;
        store.flush().await.expect("flush");
        assert_eq!(commands(&path), 2000);
        store.close().await.expect("close");
    }
}

#[tokio::test]
async fn what_a_closing_store_cannot_write_is_counted_as_dropped() {
    let (_folder, path) = place();
    let options = StoreOptions::new(&path);
    options.faults.read_only.store(true, Ordering::SeqCst);
    let (store, report) = Store::open(options).expect("open");
    assert!(report.deferred.is_some());
    store.record(start("a"));
    let error = store.close().await.expect_err("something is lost");
    assert!(matches!(error, StoreError::Unwritten { queued: 1, .. }), "{error:?}");
    assert_eq!(store.status().dropped, 1);
}

/// A small file system of its own; needs root, so the faults above cover machines without.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::TempDir::new().expect("temp folder");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if !done {
            eprintln!("no right to mount: only the faults that SQLite reports were tested");
        }
        done.then_some(Self { folder })
    }

    fn remount(&self, option: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,{option}")])
            .arg(self.folder.path())
            .status()
            .expect("mount");
        assert!(done.success(), "remount,{option}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(self.folder.path()).status();
        assert!(done.is_ok_and(|status| status.success()), "umount");
    }
}

#[tokio::test]
async fn a_full_disk_fails_and_recovers_when_space_is_freed() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.folder.path().join("sessions.db");
    let (store, _) = open(&path);
    store.record(start("a"));
    store.flush().await.expect("flush");
    let ballast = disk.folder.path().join("ballast");
    std::fs::write(&ballast, vec![0; 4 << 20]).expect_err("the disk is full");
    for _ in 0..2000 {
        store.record(command("a", &"x".repeat(100)));
    }
    store.flush().await.expect_err("cannot be written");
    assert_eq!(store.status().state, StoreState::Failing);
    std::fs::remove_file(&ballast).expect("free space");
    eventually("it caught up", || store.status().state == StoreState::Ok).await;
    store.flush().await.expect("flush");
    assert_eq!(commands(&path), 2000);
    assert_eq!(store.status().dropped, 0);
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_start_on_a_full_or_read_only_disk_is_deferred() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.folder.path().join("sessions.db");
    let (store, _) = open(&path);
    store.close().await.expect("close");
    let ballast = disk.folder.path().join("ballast");
    std::fs::write(&ballast, vec![0; 4 << 20]).expect_err("the disk is full");
    let (store, report) = open(&path);
    assert!(report.deferred.is_some());
    store.record(command("a", "get_value"));
    store.close().await.expect_err("cannot be written");
    std::fs::remove_file(&ballast).expect("free space");

    disk.remount("ro");
    let (store, report) = open(&path);
    let cause = report.deferred.expect("a cause");
    assert_eq!(store.status().state, StoreState::Failing, "{cause}");
    store.record(command("a", "get_value"));
    disk.remount("rw");
    eventually("it caught up", || store.status().state == StoreState::Ok).await;
    store.flush().await.expect("flush");
    assert_eq!(commands(&path), 1);
    store.close().await.expect("close");
}
