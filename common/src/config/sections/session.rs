//! `[session]`: how long sessions and their commands may last.

use std::time::Duration;

use crate::config::kinds::{Seconds, SecondsOrNever, Whole};
use crate::config::visitor::{Visitor, live};

/// How long sessions and their commands may last.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// An idle session ends after this; `None` means never.
    pub idle_timeout: Option<Duration>,
    /// How long a caller waits for a command's answer; the command itself goes on.
    pub command_timeout: Duration,
    /// Most commands that wait in one session; more are refused.
    pub queue_limit: usize,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            idle_timeout: Some(Duration::from_secs(1800)),
            command_timeout: Duration::from_secs(300),
            queue_limit: 32,
        }
    }
}

impl Session {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(live("session.idle_timeout_seconds"), &mut self.idle_timeout, SecondsOrNever);
        let timeout = Seconds { from: 0.1 };
        v.key(live("session.command_timeout_seconds"), &mut self.command_timeout, timeout);
        v.key(live("session.queue_limit"), &mut self.queue_limit, Whole(1..=10_000));
    }
}
