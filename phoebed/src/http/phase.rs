//! What a connection is at, and how long it may stay so.
//!
//! ```text
//!          first request                    last answer sent
//!   Head ─────────────────▶ Exchanges (n) ───────────────────▶ Idle
//!     ▲                           ▲                              │
//!     │                           └──── request of HTTP/2 ───────┤
//!     └────────── bytes of the next request (HTTP/1) ────────────┘
//! ```
//! Head and Idle have a time limit each. What HTTP/2 sends without a request, such as pings, does
//! not count.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::serve::Limits;

/// The phase of one connection; clones share it.
#[derive(Debug, Clone)]
pub struct Phase(Arc<Mutex<State>>);

/// A request on its way: from its head until all of it was read and all of its answer sent.
#[derive(Debug)]
pub struct Exchange(Phase);

#[derive(Debug)]
struct State {
    at: At,
    is_http2: bool,
    is_fresh: bool,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Head { since: Instant },
    Exchanges(usize),
    Idle { since: Instant },
}

/// When a connection has been what it is at for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// No head of a request came.
    Head(Instant),
    /// Nobody wanted anything.
    Idle(Instant),
}

impl Phase {
    /// A connection begins.
    pub fn new(now: Instant) -> Self {
        let at = At::Head { since: now };
        Self(Arc::new(Mutex::new(State { at, is_http2: false, is_fresh: true })))
    }

    /// Bytes were received.
    pub fn heard(&self) {
        let mut state = self.state();
        if matches!(state.at, At::Idle { .. }) && !state.is_http2 {
            state.at = At::Head { since: Instant::now() };
        }
    }

    /// Bytes were sent: the end of an answer may take its time.
    pub fn said(&self) {
        let mut state = self.state();
        if matches!(state.at, At::Idle { .. }) && !state.is_http2 {
            state.at = At::Idle { since: Instant::now() };
        }
    }

    /// The head of a request is there.
    pub fn begin(&self, is_http2: bool) -> Exchange {
        let mut state = self.state();
        state.is_http2 = is_http2;
        state.is_fresh = false;
        state.enter();
        Exchange(self.clone())
    }

    /// Whether there was no request yet: the first is on its way.
    pub fn is_fresh(&self) -> bool {
        self.state().is_fresh
    }

    /// Until when something must happen; none while there are exchanges, which have limits of
    /// their own.
    pub fn deadline(&self, limits: &Limits) -> Option<Deadline> {
        match self.state().at {
            At::Head { since } => Some(Deadline::Head(since + limits.header)),
            At::Idle { since } => Some(Deadline::Idle(since + limits.keep_alive)),
            At::Exchanges(_) => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self) {
        let others = if let At::Exchanges(others) = self.at { others } else { 0 };
        self.at = At::Exchanges(others + 1);
    }

    fn leave(&mut self, now: Instant) {
        match &mut self.at {
            At::Exchanges(count) if *count > 1 => *count -= 1,
            at => *at = At::Idle { since: now },
        }
    }
}

impl Deadline {
    /// When that is.
    pub fn at(self) -> Instant {
        match self {
            Self::Head(at) | Self::Idle(at) => at,
        }
    }
}

impl Clone for Exchange {
    fn clone(&self) -> Self {
        self.0.state().enter();
        Self(self.0.clone())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.state().leave(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        connections: 1,
        per_address: None,
        header: Duration::from_secs(10),
        keep_alive: Duration::from_secs(75),
        grace: Duration::ZERO,
    };

    #[test]
    fn a_head_has_its_time_from_the_first_byte_of_it() {
        let begin = Instant::now();
        let phase = Phase::new(begin);
        phase.heard();
        assert!(phase.is_fresh());
        assert_eq!(phase.deadline(&LIMITS), Some(Deadline::Head(begin + LIMITS.header)));
        drop(phase.begin(false));
        assert!(!phase.is_fresh());
        let Some(Deadline::Idle(idle)) = phase.deadline(&LIMITS) else { panic!("{phase:?}") };
        assert!(idle >= begin + LIMITS.keep_alive);
        phase.heard();
        let first = phase.deadline(&LIMITS);
        assert!(matches!(first, Some(Deadline::Head(_))));
        phase.heard();
        assert_eq!(phase.deadline(&LIMITS), first, "more of it buys no time");
    }

    #[test]
    fn exchanges_have_no_limit_here_and_the_last_one_counts() {
        let phase = Phase::new(Instant::now());
        let first = phase.begin(false);
        let body = first.clone();
        drop(first);
        phase.heard();
        assert_eq!(phase.deadline(&LIMITS), None);
        drop(body);
        assert!(matches!(phase.deadline(&LIMITS), Some(Deadline::Idle(_))));
    }

    #[test]
    fn pings_of_http_2_are_not_the_beginning_of_a_request() {
        let phase = Phase::new(Instant::now());
        drop(phase.begin(true));
        let idle = phase.deadline(&LIMITS);
        phase.heard();
        phase.said();
        assert_eq!(phase.deadline(&LIMITS), idle);
    }
}
