//! `[resources]`: limits on what users may take.

use crate::config::kinds::{Megabytes, WholeOrNone};
use crate::config::units::Mebibytes;
use crate::config::visitor::{Visitor, live};

/// Limits on what users may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Resources {
    /// Most sessions of one user; `None` means no limit.
    pub max_workers_per_user: Option<u32>,
    /// No session starts while the host has less free memory than this; 0 means no floor.
    pub min_free_memory: Mebibytes,
}

impl Default for Resources {
    fn default() -> Self {
        Self { max_workers_per_user: None, min_free_memory: Mebibytes(256) }
    }
}

impl Resources {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        let limit = &mut self.max_workers_per_user;
        v.key(live("resources.max_workers_per_user"), limit, WholeOrNone(65_535));
        let floor = &mut self.min_free_memory;
        v.key(live("resources.min_free_memory_mb"), floor, Megabytes(0..=1_048_576));
    }
}
