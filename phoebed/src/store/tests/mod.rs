//! Tests of the store over real files, with what they share.

mod accounts;
mod adoption;
mod audit;
pub mod faults;
mod logging;
mod opening;
mod policies;
mod pruning;
mod recreation;
mod refusal;
mod trouble;
mod users;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::FromSql;
use tempfile::TempDir;

use super::events::{CommandDone, MemorySample, SessionEnded, SessionStarted, StoreEvent, reason};
use super::{OpenReport, Store, StoreOptions};

const LEGACY: &str = include_str!("../../../tests/fixtures/store/legacy.sql");
const OLDEST: &str = include_str!("../../../tests/fixtures/store/legacy_oldest.sql");

/// A folder with a path for a database in it.
fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("temp folder");
    let path = folder.path().join("sessions.db");
    (folder, path)
}

fn open(path: &Path) -> (Store, OpenReport) {
    Store::open(StoreOptions::new(path)).expect("open the store")
}

/// Builds a database from a fixture and closes it cleanly.
fn build(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("make the fixture");
    connection.execute_batch(sql).expect("fill the fixture");
    connection.close().expect("close the fixture");
}

/// One value, read by a connection of its own.
fn one<T: FromSql>(path: &Path, sql: &str) -> T {
    let connection = Connection::open(path).expect("open for reading");
    connection.query_row(sql, [], |row| row.get(0)).expect(sql)
}

fn started(session_id: &str) -> SessionStarted {
    SessionStarted {
        session_id: session_id.to_owned(),
        user_id: Some("1".to_owned()),
        created_at: 1_700_000_000.5,
        port: Some(6560),
        ..SessionStarted::default()
    }
}

fn start(session_id: &str) -> StoreEvent {
    StoreEvent::SessionStarted(started(session_id))
}

fn end(session_id: &str) -> StoreEvent {
    StoreEvent::SessionEnded(SessionEnded {
        session_id: session_id.to_owned(),
        destroyed_at: 1_700_000_100.0,
        reason: reason::MANUAL.into(),
        detail: None,
    })
}

fn command(session_id: &str, command_name: &str) -> StoreEvent {
    StoreEvent::Command(CommandDone {
        session_id: session_id.to_owned(),
        timestamp: super::status::unix_now(),
        command_name: command_name.to_owned(),
        success: true,
        execution_time_ms: 2.5,
        error_message: None,
    })
}

fn metric(session_id: &str) -> StoreEvent {
    StoreEvent::Metric(MemorySample {
        session_id: session_id.to_owned(),
        timestamp: super::status::unix_now(),
        memory_used_mb: 5.25,
    })
}

/// Waits for a condition, at most a minute.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn new_user(email: &str) -> super::NewUser {
    super::NewUser {
        email: email.to_owned(),
        hashed_password: "the hash".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: String::new(),
        role: "student".to_owned(),
    }
}
