//! The log database, read as its users read it: with SQL, beside the running daemon.

use std::path::PathBuf;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value, json};

use crate::eventually;

/// A log database.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
}

impl Database {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The rows of a query, as objects by column.
    ///
    /// # Panics
    /// When it is no query.
    #[track_caller]
    pub fn rows(&self, query: &str) -> Vec<Value> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(&self.path, flags)
            .unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        let mut statement = connection.prepare(query).expect("a query");
        let columns: Vec<String> = statement.column_names().iter().map(|&n| n.to_owned()).collect();
        let rows = statement.query_map([], |row| {
            let cell = |(index, name): (usize, &String)| {
                let value = match row.get_ref(index)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => json!(number),
                    ValueRef::Real(number) => json!(number),
                    ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                    ValueRef::Blob(bytes) => json!(bytes),
                };
                Ok((name.clone(), value))
            };
            columns.iter().enumerate().map(cell).collect::<Result<Map<_, _>, _>>()
        });
        rows.expect("rows").map(|row| Value::Object(row.expect("a row"))).collect()
    }

    /// The row of a session once `wanted` holds of it; records are written in the background.
    #[track_caller]
    pub fn session(&self, id: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("the row of session {id} says: {what}"), || {
            let rows = self.rows(&format!("SELECT * FROM sessions WHERE session_id = '{id}'"));
            rows.into_iter().find(|row| wanted(row))
        })
    }

    /// The row of a session once it is terminated.
    #[track_caller]
    pub fn ended_session(&self, id: &str) -> Value {
        self.session(id, "terminated", |row| row["status"] == "terminated")
    }

    /// Whether SQLite finds the file in order.
    #[track_caller]
    pub fn check(&self) {
        assert_eq!(self.rows("PRAGMA integrity_check"), [json!({ "integrity_check": "ok" })]);
    }
}
