//! `[session]`: how long sessions and their commands may last.

use std::fmt;
use std::time::Duration;

use crate::config::kinds::{Choice, Seconds, SecondsOrNever, Whole};
use crate::config::visitor::{Visitor, live, restart};

/// How long sessions and their commands may last.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// An idle session hibernates or ends after this; `None` means never.
    pub idle_timeout: Option<Duration>,
    /// How long a caller waits for a command's answer; the command itself goes on.
    pub command_timeout: Duration,
    /// Most commands that wait in one session; more are refused.
    pub queue_limit: usize,
    /// What an answered change survives.
    pub durability: Durability,
    /// What becomes of an idle session.
    pub on_idle: OnIdle,
    /// After how many days without use a hibernated session ends for good; 0 is never.
    pub retention_days: u32,
    /// What becomes of a change while a long command of the same session runs.
    pub while_busy: WhileBusy,
}

/// What becomes of a change while a long command of the same session runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhileBusy {
    /// It waits its turn.
    #[default]
    Wait,
    /// It is refused.
    Refuse,
}

impl WhileBusy {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Wait, Self::Refuse];
}

impl fmt::Display for WhileBusy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wait => "wait",
            Self::Refuse => "refuse",
        })
    }
}

/// What an answered change survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: a session ends with its worker.
    None,
    /// The end of any process; a power cut may cost the last second.
    #[default]
    Process,
    /// A power cut.
    Power,
}

impl Durability {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Process, Self::Power];
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Process => "process",
            Self::Power => "power",
        })
    }
}

/// What becomes of an idle session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnIdle {
    /// Its worker is freed; the next command wakes it.
    #[default]
    Hibernate,
    /// It ends.
    Terminate,
}

impl OnIdle {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Hibernate, Self::Terminate];
}

impl fmt::Display for OnIdle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hibernate => "hibernate",
            Self::Terminate => "terminate",
        })
    }
}

impl Default for Session {
    fn default() -> Self {
        Self {
            idle_timeout: Some(Duration::from_secs(1800)),
            command_timeout: Duration::from_secs(300),
            queue_limit: 32,
            durability: Durability::default(),
            on_idle: OnIdle::default(),
            retention_days: 30,
            while_busy: WhileBusy::default(),
        }
    }
}

impl Session {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(live("session.idle_timeout_seconds"), &mut self.idle_timeout, SecondsOrNever);
        let timeout = Seconds { from: 0.1 };
        v.key(live("session.command_timeout_seconds"), &mut self.command_timeout, timeout);
        v.key(live("session.queue_limit"), &mut self.queue_limit, Whole(1..=10_000));
        v.key(restart("session.durability"), &mut self.durability, Choice(&Durability::ALL));
        v.key(live("session.on_idle"), &mut self.on_idle, Choice(&OnIdle::ALL));
        v.key(live("session.retention_days"), &mut self.retention_days, Whole(0..=36_500));
        v.key(live("session.while_busy"), &mut self.while_busy, Choice(&WhileBusy::ALL));
    }
}
