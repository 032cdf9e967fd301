//! How a store is opened and what can be changed while it runs.

use std::collections::HashSet;
use std::path::PathBuf;

use super::filter::CommandFilter;

/// How many records may wait in memory: hours of a classroom's commands.
const QUEUE_CAPACITY: usize = 8192;
/// How many bytes they may take: records without long texts are far smaller than this allows.
const QUEUE_BYTES: usize = 16 << 20;

/// The default of `keep_days`.
const KEEP_DAYS: u32 = 90;

/// Where the database is and how it is kept.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The database file; its folder is made when missing.
    pub path: PathBuf,
    /// Sessions that outlive the daemon: they hibernate since its last life ended.
    pub kept_sessions: HashSet<String>,
    /// What can be changed later.
    pub settings: LogSettings,
    /// How many records may wait in memory before new ones are dropped and counted.
    pub queue_capacity: usize,
    /// How many bytes they may take before new ones are dropped and counted.
    pub queue_bytes: usize,
    #[cfg(test)]
    pub(super) faults: std::sync::Arc<super::tests::faults::Faults>,
}

/// The part that [`super::Store::configure`] changes live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// Which commands are logged.
    pub filter: CommandFilter,
    /// Days after which commands, memory samples and audit rows are deleted; none keeps them for ever.
    pub keep_days: Option<u32>,
}

impl StoreOptions {
    /// The defaults for a database at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            kept_sessions: HashSet::new(),
            settings: LogSettings::default(),
            queue_capacity: QUEUE_CAPACITY,
            queue_bytes: QUEUE_BYTES,
            #[cfg(test)]
            faults: Default::default(),
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { filter: CommandFilter::default(), keep_days: Some(KEEP_DAYS) }
    }
}
