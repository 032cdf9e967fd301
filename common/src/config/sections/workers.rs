//! `[workers]`: the processes that run PHOEBE.

use std::time::Duration;

use crate::config::kinds::{Megabytes, Seconds, Whole};
use crate::config::units::Mebibytes;
use crate::config::visitor::{Visitor, live};

/// The processes that run PHOEBE.
#[derive(Clone, Debug, PartialEq)]
pub struct Workers {
    /// Workers that wait ready for the next sessions.
    pub spares: usize,
    /// How long a session's start may wait for its worker, a restart of the zygote included.
    pub start_timeout: Duration,
    /// Time between TERM and KILL when a worker is ended.
    pub end_grace: Duration,
    /// Largest answer taken from a worker.
    pub max_answer: Mebibytes,
}

impl Default for Workers {
    fn default() -> Self {
        Self {
            spares: 4,
            start_timeout: Duration::from_secs(30),
            end_grace: Duration::from_secs(2),
            max_answer: Mebibytes(256),
        }
    }
}

impl Workers {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(live("workers.spares"), &mut self.spares, Whole(0..=1000));
        let timeout = Seconds { from: 0.1 };
        v.key(live("workers.start_timeout_seconds"), &mut self.start_timeout, timeout);
        v.key(live("workers.end_grace_seconds"), &mut self.end_grace, Seconds { from: 0.0 });
        v.key(live("workers.max_answer_mb"), &mut self.max_answer, Megabytes(1..=16_384));
    }
}
