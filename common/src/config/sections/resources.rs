//! `[resources]`: limits on what users may take.

use crate::config::kinds::{Megabytes, Whole, WholeOrNone};
use crate::config::units::Mebibytes;
use crate::config::visitor::{Visitor, live};

/// Limits on what users may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Resources {
    /// Most sessions of one user; `None` means no limit.
    pub max_workers_per_user: Option<u32>,
    /// Most sessions of one user, those without a worker too; `None` means no limit.
    pub max_sessions_per_user: Option<u32>,
    /// No session starts while the host has less free memory than this; 0 means no floor.
    pub min_free_memory: Mebibytes,
    /// Address space of each process of a session; 0 means no limit.
    pub session_memory: Mebibytes,
    /// Most processes of a session at a time; `None` means no limit.
    pub session_processes: Option<u32>,
    /// Most files that a process of a session has open.
    pub session_open_files: u32,
    /// Largest file that a session writes; 0 means no limit.
    pub session_file: Mebibytes,
    /// Most that a session's scratch directory holds; 0 means no limit.
    pub session_scratch: Mebibytes,
    /// Processes that compute at the same time, of all sessions together; `None` means one for each
    /// core.
    pub compute_processes: Option<u32>,
    /// How much workers stand back when processor time is short, as nice(1) counts.
    pub session_nice: u8,
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            max_workers_per_user: None,
            max_sessions_per_user: Some(1000),
            min_free_memory: Mebibytes(256),
            session_memory: Mebibytes(8192),
            session_processes: Some(64),
            session_open_files: 256,
            session_file: Mebibytes(1024),
            session_scratch: Mebibytes(2048),
            compute_processes: None,
            session_nice: 5,
        }
    }
}

impl Resources {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        let limit = &mut self.max_workers_per_user;
        v.key(live("resources.max_workers_per_user"), limit, WholeOrNone(65_535));
        let limit = &mut self.max_sessions_per_user;
        v.key(live("resources.max_sessions_per_user"), limit, WholeOrNone(1_000_000));
        let floor = &mut self.min_free_memory;
        v.key(live("resources.min_free_memory_mb"), floor, Megabytes(0..=1_048_576));
        let most = 16 * 1_048_576;
        v.key(live("resources.session_memory_mb"), &mut self.session_memory, Megabytes(0..=most));
        let processes = &mut self.session_processes;
        v.key(live("resources.session_processes"), processes, WholeOrNone(65_535));
        let files = &mut self.session_open_files;
        v.key(live("resources.session_open_files"), files, Whole(32..=1_048_576));
        v.key(live("resources.session_file_mb"), &mut self.session_file, Megabytes(0..=most));
        v.key(live("resources.session_scratch_mb"), &mut self.session_scratch, Megabytes(0..=most));
        let processes = &mut self.compute_processes;
        v.key(live("resources.compute_processes"), processes, WholeOrNone(4096));
        v.key(live("resources.session_nice"), &mut self.session_nice, Whole(0..=19));
    }
}
