//! Tests of the state database over real files, with what they share.

mod capacity;
mod damage;
mod kill;
mod model;
mod opening;
mod restore;
mod salvage;
mod trouble;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rusqlite::Connection;
use rusqlite::types::FromSql;
use tempfile::TempDir;

use super::{Durability, Kept, SessionRecord, SnapshotForm, State, StateOptions, Stored};

const ENGINE: &str = "phoebe-2.4.17 python-3.12";
const OTHER_ENGINE: &str = "phoebe-2.5.0 python-3.13";

/// A folder with a path for a database in it.
fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("temp folder");
    let path = folder.path().join("state.db");
    (folder, path)
}

fn options(path: &Path) -> StateOptions {
    StateOptions::new(path, Durability::Process)
}

fn open(path: &Path) -> State {
    let (state, report) = State::open(options(path)).expect("open the state database");
    assert_eq!(report.set_aside, None);
    state
}

fn record(session_id: &str) -> SessionRecord {
    SessionRecord {
        session_id: session_id.to_owned(),
        user_id: Some("1".to_owned()),
        full_name: "Ada Lovelace".to_owned(),
        project_name: Some("{\"a\": [1.50]}".to_owned()),
        client_ip: Some("127.0.0.1".to_owned()),
        user_agent: Some("curl".to_owned()),
        created_at: 1_700_000_000.5,
        last_activity: 1_700_000_001.5,
        ..SessionRecord::default()
    }
}

fn journal(text: &str) -> Kept {
    Kept::Journal(Bytes::copy_from_slice(text.as_bytes()))
}

fn fast(text: &str) -> Kept {
    snapshot(SnapshotForm::Fast, ENGINE, text)
}

fn portable(text: &str) -> Kept {
    snapshot(SnapshotForm::Portable, ENGINE, text)
}

fn snapshot(form: SnapshotForm, engine: &str, text: &str) -> Kept {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    Kept::Snapshot { form, engine: engine.to_owned(), bytes }
}

/// Registers session `a` and keeps these, in order.
async fn keep_all(state: &State, all: impl IntoIterator<Item = Kept>) {
    state.register(record("a")).await.expect("register");
    for kept in all {
        state.keep("a", kept).await.expect("keep");
    }
}

async fn load(state: &State, engine: &str) -> Stored {
    state.load("a", engine).await.expect("load").expect("a state")
}

/// Snapshot and journal as one text: `base+entry+entry`.
fn text(stored: &Stored) -> String {
    let parts = std::iter::once(&stored.bytes).chain(&stored.journal);
    let parts: Vec<_> = parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    parts.join("+")
}

/// One value, read by a connection of its own.
fn one<T: FromSql>(path: &Path, sql: &str) -> T {
    let connection = Connection::open(path).expect("open for reading");
    connection.query_row(sql, [], |row| row.get(0)).expect(sql)
}

/// Changes the database behind its owner's back; answers how many rows.
fn tamper(path: &Path, sql: &str) -> usize {
    Connection::open(path).expect("open").execute(sql, []).expect(sql)
}

/// Waits for a condition, at most a minute.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
