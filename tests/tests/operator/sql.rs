//! The log database, written behind the daemon's back.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use phoebed_tests::{Daemon, workspace};
use rusqlite::Connection;

/// The file of this daemon.
pub fn file_of(daemon: &Daemon) -> PathBuf {
    daemon.path().join("data/sessions.db")
}

/// A connection that may write and waits for others.
#[track_caller]
pub fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a database");
    connection.busy_timeout(Duration::from_secs(60)).expect("a time limit");
    connection
}

/// A database made by these statements.
#[track_caller]
pub fn make(path: &Path, statements: &str) {
    let connection = open(path);
    connection.execute_batch(statements).expect("statements");
    connection.close().expect("closed");
}

/// One number.
#[track_caller]
pub fn number(path: &Path, query: &str) -> i64 {
    let value = open(path).query_row(query, [], |row| row.get(0));
    value.unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// The first column of every row, as text.
#[track_caller]
pub fn column(path: &Path, query: &str) -> Vec<String> {
    let connection = open(path);
    let mut statement = connection.prepare(query).expect("a query");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("text")).collect()
}

/// The frozen database of an older server.
#[track_caller]
pub fn fixture(name: &str) -> String {
    let path = workspace().join("phoebed/tests/fixtures/store").join(name);
    std::fs::read_to_string(path).expect("the fixture")
}

/// The time so many days ago, Unix seconds.
pub fn days_ago(days: u32) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs_f64();
    now - f64::from(days) * 86_400.0
}
