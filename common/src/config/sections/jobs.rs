//! `[jobs]`: long commands and what is kept of them.

use crate::config::kinds::Whole;
use crate::config::visitor::{Visitor, live};

/// Long commands and what is kept of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Jobs {
    /// For how many days the results of finished jobs are kept; 0 is for ever.
    pub retention_days: u32,
    /// Most jobs of a session that wait; more are refused.
    pub queue_limit: usize,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { retention_days: 7, queue_limit: 100 }
    }
}

impl Jobs {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(live("jobs.retention_days"), &mut self.retention_days, Whole(0..=36_500));
        v.key(live("jobs.queue_limit"), &mut self.queue_limit, Whole(1..=10_000));
    }
}
