//! How the store is doing, published for readers that never wait for the writer.

use std::time::{SystemTime, UNIX_EPOCH};

use super::error::StoreError;

/// Whether records reach the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// They do.
    Ok,
    /// Another process holds the database; they wait in memory.
    Delayed,
    /// The database cannot be written; they wait in memory.
    Failing,
    /// The store has been closed.
    Closed,
}

/// A snapshot of the store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreStatus {
    /// Whether records reach the database.
    pub state: StoreState,
    /// Why not, while they do not.
    pub cause: Option<String>,
    /// Since when it is so, Unix seconds.
    pub since: f64,
    /// Records in memory now.
    pub queued: usize,
    /// Records in memory at most.
    pub capacity: usize,
    /// Records written since the store was opened.
    pub written: u64,
    /// Records lost since the store was opened: no room in memory, or refused by the database.
    pub dropped: u64,
    /// A burst of drops is going on.
    pub dropping: bool,
    /// The latest failure, kept after recovery.
    pub last_error: Option<StoreProblem>,
}

/// A failure that is or was.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreProblem {
    /// The error and its causes.
    pub message: String,
    /// When it was first seen, Unix seconds.
    pub at: f64,
}

impl StoreStatus {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: StoreState::Ok,
            cause: None,
            since: unix_now(),
            queued: 0,
            capacity,
            written: 0,
            dropped: 0,
            dropping: false,
            last_error: None,
        }
    }

    /// Takes in the outcome of an attempt; says whether state or cause changed.
    pub(super) fn note(&mut self, outcome: Result<(), &StoreError>) -> bool {
        let (state, cause) = match outcome {
            Ok(()) => (StoreState::Ok, None),
            Err(error @ StoreError::Locked { .. }) => (StoreState::Delayed, Some(error)),
            Err(error) => (StoreState::Failing, Some(error)),
        };
        let cause = cause.map(StoreError::full_text);
        if state == self.state && cause == self.cause {
            return false;
        }
        if state != self.state {
            self.since = unix_now();
        }
        if let Some(message) = cause.clone() {
            self.last_error = Some(StoreProblem { message, at: unix_now() });
        }
        self.state = state;
        self.cause = cause;
        true
    }
}

/// The time now, in Unix seconds.
pub fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
