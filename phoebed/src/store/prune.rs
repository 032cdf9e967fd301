//! Deletes old commands, memory samples, audit rows and expired tokens, a slice at a time so that records never wait long.
//!
//! Rows of `sessions` and `users` are never deleted: they are few, and they are the record of who
//! used the machine. Freed pages are reused; the file does not shrink. After the adoption of an
//! older server's database the first round waits for an hour.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// Rows of each table that one slice deletes at most.
const SLICE: usize = 500;

/// Tables with the column that says how old a row is. A token that has expired is refused whatever
/// its row says; the audit tells of it for as long as of anything else.
const TIMES: [(&str, &str); 4] = [
    ("session_commands", "timestamp"),
    ("session_metrics", "timestamp"),
    ("audit", "timestamp"),
    ("tokens", "expires_at"),
];

/// Time between two rounds.
const ROUND: Duration = Duration::from_secs(3600);

const SECONDS_PER_DAY: f64 = 86_400.0;

/// Everything before this time is to be deleted; none when everything is kept.
pub(super) fn cutoff(now: f64, keep_days: Option<u32>) -> Option<f64> {
    keep_days.map(|days| now - f64::from(days) * SECONDS_PER_DAY)
}

/// Deletes some of the rows before `cutoff`; answers how many, and whether more may be left.
pub(super) fn prune_slice(connection: &Connection, cutoff: f64) -> rusqlite::Result<(usize, bool)> {
    let (mut deleted, mut more) = (0, false);
    for (table, time) in TIMES {
        let rows = connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE id IN \
                 (SELECT id FROM {table} WHERE {time} < ?1 ORDER BY {time} LIMIT ?2)"
            ))?
            .execute(params![cutoff, SLICE as i64])?;
        deleted += rows;
        more |= rows == SLICE;
    }
    Ok((deleted, more))
}

/// When the next slice is due.
pub(super) struct PruneClock {
    due: Instant,
    /// Rows deleted in this round.
    pub deleted: usize,
}

impl PruneClock {
    /// The first round is at once.
    pub(super) fn new() -> Self {
        Self { due: Instant::now(), deleted: 0 }
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Begins a round now, for example because less is to be kept.
    pub(super) fn hurry(&mut self) {
        self.due = Instant::now();
    }

    /// Takes in a slice; answers how many the round deleted when it is over.
    pub(super) fn note(&mut self, deleted: usize, more: bool) -> Option<usize> {
        self.deleted += deleted;
        if more {
            return None;
        }
        self.due = Instant::now() + ROUND;
        Some(std::mem::take(&mut self.deleted))
    }

    /// Leaves it to the next round.
    pub(super) fn put_off(&mut self) {
        self.due = Instant::now() + ROUND;
    }
}
