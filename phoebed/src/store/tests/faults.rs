//! Faults of the disk that need no privileges: SQLite itself reports them on the real path.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

/// What is wrong with the disk now.
#[derive(Debug, Default)]
pub struct Faults {
    /// The database may not grow: `SQLITE_FULL`.
    pub full: AtomicBool,
    /// The database may not be written: `SQLITE_READONLY`.
    pub read_only: AtomicBool,
}

impl Faults {
    pub(crate) fn apply(&self, connection: &Connection) {
        let set = |name: &str, value: i64| {
            connection.pragma_update_and_check(None, name, value, |_| Ok(())).ok();
        };
        // Below the present size SQLite takes the present size.
        set("max_page_count", if self.full.load(Ordering::SeqCst) { 1 } else { 1 << 30 });
        let read_only = self.read_only.load(Ordering::SeqCst);
        connection.pragma_update(None, "query_only", read_only).expect("query_only");
    }
}
