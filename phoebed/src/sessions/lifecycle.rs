//! The states of a session: pure code without clock or I/O, told of the time and of what
//! happened.
//!
//! ```text
//!                 begin                    timed_out
//!        Idle ─────────────▶ Busy ──────────────────────▶ Overdue
//!         ▲ ▲      finish     │                              │
//!         │ └─────────────────┘                              │
//!         └────────────────── finish (answer is dropped) ────┘
//! ```
//!
//! A command waits for its turn in the queue of the owner; here is only the one that runs.

use std::time::{Duration, Instant, SystemTime};

use crate::store::events::reason;

/// Why a session ended, as it stands in the log database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner ended it.
    Manual,
    /// An operator ended it.
    Killed,
    /// An operator disabled its user.
    UserDisabled,
    /// Nothing was asked of it for the configured time.
    IdleTimeout,
    /// The daemon stopped.
    ServerShutdown,
    /// Its worker died.
    ProcessDied,
    /// The client that started it left before it heard of it.
    Abandoned,
    /// It hibernated for longer than sessions are kept.
    Expired,
}

impl EndReason {
    /// The name in the log database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => reason::MANUAL,
            Self::Killed => reason::KILLED,
            Self::UserDisabled => reason::USER_DISABLED,
            Self::IdleTimeout => reason::IDLE_TIMEOUT,
            Self::ServerShutdown => reason::SERVER_SHUTDOWN,
            Self::ProcessDied => reason::PROCESS_DIED,
            Self::Abandoned => reason::ABANDONED,
            Self::Expired => reason::EXPIRED,
        }
    }
}

/// A command that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// By which its answer is known.
    pub id: u64,
    /// The command's name, for people.
    pub command: String,
    /// Since when, on the clock that never jumps.
    pub since: Instant,
    /// Since when, for people.
    pub since_wall: SystemTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Idle { since: Instant },
    Busy(Running),
    Overdue(Running),
}

/// What an answer turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Finished {
    /// The awaited one.
    InTime(Running),
    /// Its caller was told `Worker timed out` before.
    Late(Running),
    /// Nobody asked for it.
    Unknown,
}

/// What a session does, for status displays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// It has no worker.
    Hibernated,
    /// A worker is being made what the session was.
    Waking,
    /// It waits for a command.
    Idle {
        /// Since when.
        since: Instant,
    },
    /// A command runs.
    Running {
        /// Its name.
        command: String,
        /// Since when.
        since: SystemTime,
        /// Its caller was told that it timed out.
        overdue: bool,
    },
}

/// A session's state.
#[derive(Debug)]
pub struct Lifecycle {
    state: State,
    has_long: bool,
}

impl Lifecycle {
    /// A new session is idle.
    pub fn new(now: Instant) -> Self {
        Self { state: State::Idle { since: now }, has_long: false }
    }

    /// A command was sent to the worker. Only an idle session takes one.
    pub fn begin(&mut self, running: Running) -> Result<(), Running> {
        match self.state {
            State::Idle { .. } => {
                self.state = State::Busy(running);
                Ok(())
            }
            State::Busy(_) | State::Overdue(_) => Err(running),
        }
    }

    /// The running command's caller will not wait any longer.
    pub fn timed_out(&mut self) {
        if let State::Busy(running) = &self.state {
            self.state = State::Overdue(running.clone());
        }
    }

    /// An answer came.
    pub fn finish(&mut self, id: u64, now: Instant) -> Finished {
        let finished = match &self.state {
            State::Busy(running) if running.id == id => Finished::InTime(running.clone()),
            State::Overdue(running) if running.id == id => Finished::Late(running.clone()),
            _ => return Finished::Unknown,
        };
        self.state = State::Idle { since: now };
        finished
    }

    /// A long command runs beside the others, or waits for its first process.
    pub fn begin_long(&mut self) {
        self.has_long = true;
    }

    /// The long command is over.
    pub fn end_long(&mut self, now: Instant) {
        self.has_long = false;
        self.used(now);
    }

    /// An idle session is idle from now on.
    pub fn used(&mut self, now: Instant) {
        if let State::Idle { since } = &mut self.state {
            *since = now;
        }
    }

    /// Whether a command can be sent now.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle { .. })
    }

    /// The command that runs beyond its caller's patience.
    pub fn overdue(&self) -> Option<&Running> {
        match &self.state {
            State::Overdue(running) => Some(running),
            _ => None,
        }
    }

    /// The command that runs.
    pub fn running(&self) -> Option<&Running> {
        match &self.state {
            State::Busy(running) | State::Overdue(running) => Some(running),
            State::Idle { .. } => None,
        }
    }

    /// When an idle session is to be ended; a busy one never is, nor without a timeout.
    pub fn idle_deadline(&self, timeout: Option<Duration>) -> Option<Instant> {
        match self.state {
            State::Idle { since } if !self.has_long => {
                timeout.and_then(|after| since.checked_add(after))
            }
            State::Idle { .. } | State::Busy(_) | State::Overdue(_) => None,
        }
    }

    /// Whether it has been idle for at least so long.
    pub fn idle_for(&self, at_least: Duration, now: Instant) -> bool {
        self.idle_deadline(Some(at_least)).is_some_and(|deadline| deadline <= now)
    }

    /// What to show.
    pub fn activity(&self) -> Activity {
        let running = |running: &Running, overdue| Activity::Running {
            command: running.command.clone(),
            since: running.since_wall,
            overdue,
        };
        match &self.state {
            State::Idle { since } => Activity::Idle { since: *since },
            State::Busy(command) => running(command, false),
            State::Overdue(command) => running(command, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn running(id: u64, now: Instant) -> Running {
        Running { id, command: "ping".into(), since: now, since_wall: SystemTime::UNIX_EPOCH }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Begin,
        TimeOut,
        Finish(u64),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Begin),
            2 => Just(Step::TimeOut),
            4 => (0_u64..12).prop_map(Step::Finish),
            3 => (0_u64..100).prop_map(Step::Wait),
        ]
    }

    proptest! {
        #[test]
        fn a_busy_session_is_never_idle_and_every_command_finishes_once(
            steps in prop::collection::vec(step(), 0..100)
        ) {
            let timeout = Duration::from_secs(60);
            let mut now = Instant::now();
            let mut lifecycle = Lifecycle::new(now);
            let (mut last_id, mut open, mut last_end) = (0, None, now);
            for step in steps {
                match step {
                    Step::Begin => {
                        let accepted = lifecycle.begin(running(last_id + 1, now)).is_ok();
                        prop_assert_eq!(accepted, open.is_none());
                        if accepted { last_id += 1; open = Some(last_id); }
                    }
                    Step::TimeOut => lifecycle.timed_out(),
                    Step::Finish(id) => {
                        let known = lifecycle.finish(id, now) != Finished::Unknown;
                        prop_assert_eq!(known, open == Some(id));
                        if known { open = None; last_end = now; }
                    }
                    Step::Wait(seconds) => now += Duration::from_secs(seconds),
                }
                let expected = (open.is_none()).then_some(last_end + timeout);
                prop_assert_eq!(lifecycle.idle_deadline(Some(timeout)), expected);
                prop_assert_eq!(lifecycle.idle_deadline(None), None);
                prop_assert_eq!(lifecycle.running().map(|running| running.id), open);
                prop_assert_eq!(lifecycle.idle_for(timeout, now), expected.is_some_and(|at| at <= now));
                prop_assert_eq!(lifecycle.is_idle(), open.is_none());
            }
        }
    }

    #[test]
    fn a_late_answer_makes_the_session_usable_again() {
        let now = Instant::now();
        let mut lifecycle = Lifecycle::new(now);
        lifecycle.begin(running(1, now)).unwrap();
        lifecycle.timed_out();
        assert_eq!(lifecycle.overdue().map(|running| running.id), Some(1));
        assert!(lifecycle.begin(running(2, now)).is_err());
        assert!(matches!(lifecycle.finish(1, now), Finished::Late(_)));
        assert!(lifecycle.begin(running(2, now)).is_ok());
    }
}
