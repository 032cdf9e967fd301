//! `[shutdown]`: how the daemon stops.

use std::time::Duration;

use crate::config::kinds::Seconds;
use crate::config::visitor::{Visitor, live};

/// How the daemon stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Shutdown {
    /// Time that commands in flight are given to finish.
    pub grace: Duration,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { grace: Duration::from_secs(10) }
    }
}

impl Shutdown {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(live("shutdown.grace_seconds"), &mut self.grace, Seconds { from: 0.0 });
    }
}
