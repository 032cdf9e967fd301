//! How the state database is opened, and its limits.

use std::path::PathBuf;

/// Changes that may wait for the disk: more than there are sessions that change at once.
const MOST_WAITING: usize = 2048;
/// Bytes of states that may wait, before compression.
const MOST_WAITING_BYTES: usize = 512 << 20;
/// One state: well below SQLite's own limit of 10^9 bytes.
const MOST_BYTES: usize = 256 << 20;

/// Entries after a whole state, and bytes of each: many times what a worker sends before it sends a
/// whole state again, so that one that never does cannot fill the disk.
pub(super) const MOST_ENTRIES: i64 = 1000;
pub(super) const MOST_ENTRY_BYTES: usize = 2 << 20;

/// What an answered change survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The end of any process. A power cut may cost the last second.
    #[default]
    Process,
    /// A power cut.
    Power,
}

/// Where the database is and how it is kept.
#[derive(Debug, Clone)]
pub struct StateOptions {
    /// The database file; its folder is made when missing.
    pub path: PathBuf,
    /// What an answered change survives.
    pub durability: Durability,
    /// How many changes may wait for the disk before more are refused.
    pub most_waiting: usize,
    /// How many bytes of states may wait before more are refused.
    pub most_waiting_bytes: usize,
    /// How large one state may be.
    pub most_bytes: usize,
    #[cfg(test)]
    pub(super) faults: std::sync::Arc<crate::store::tests::faults::Faults>,
}

impl StateOptions {
    /// The default limits for a database at `path`.
    pub fn new(path: impl Into<PathBuf>, durability: Durability) -> Self {
        Self {
            path: path.into(),
            durability,
            most_waiting: MOST_WAITING,
            most_waiting_bytes: MOST_WAITING_BYTES,
            most_bytes: MOST_BYTES,
            #[cfg(test)]
            faults: std::sync::Arc::default(),
        }
    }
}
