//! The thread that brings commits to the disk, off the way of those who wait for an answer.
//!
//! A commit hands its bytes to the kernel, which keeps them whatever happens to processes. A second
//! after the first commit that is not on the disk, this thread syncs the log, so a power cut costs
//! at most what was answered since. It also moves a long log into the database file (the writer
//! goes on meanwhile), and reminds the writer of activity that has gathered.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::WeakSender;

use super::database::sync_log;
use super::error::StateError;
use super::opening::{LOG_SIZE, open_writer};
use super::options::Durability;
use super::writer::Request;
use crate::store::side_file;

const INTERVAL: Duration = Duration::from_secs(1);

/// What waits for the syncer's next round.
#[derive(Default)]
pub(super) struct Pulse {
    state: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Something was committed since the last round.
    written: bool,
    /// The latest use of each session: many become one.
    activity: HashMap<String, f64>,
    ended: bool,
}

impl Pulse {
    pub(super) fn note_written(&self) {
        // Only the first of a round wakes the syncer.
        if !std::mem::replace(&mut self.lock().written, true) {
            self.changed.notify_one();
        }
    }

    pub(super) fn touch(&self, session_id: &str, at: f64) {
        let mut waiting = self.lock();
        match waiting.activity.get_mut(session_id) {
            Some(latest) => *latest = latest.max(at),
            None => drop(waiting.activity.insert(session_id.to_owned(), at)),
        }
        self.changed.notify_one();
    }

    /// For the writer: the activity that has gathered.
    pub(super) fn take_activity(&self) -> HashMap<String, f64> {
        std::mem::take(&mut self.lock().activity)
    }

    /// What could not be written waits for the next time.
    pub(super) fn give_back(&self, activity: HashMap<String, f64>) {
        for (session_id, at) in activity {
            self.touch(&session_id, at);
        }
    }

    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_one();
    }

    /// Waits for something to do and then for a second; says whether something was written and
    /// whether there is activity, or nothing when the writer has ended.
    fn next_round(&self) -> Option<(bool, bool)> {
        let idle = |waiting: &mut Waiting| {
            !waiting.ended && !waiting.written && waiting.activity.is_empty()
        };
        let waiting = self.lock();
        let waiting =
            self.changed.wait_while(waiting, idle).unwrap_or_else(PoisonError::into_inner);
        let (mut waiting, _) = self
            .changed
            .wait_timeout_while(waiting, INTERVAL, |waiting| !waiting.ended)
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.ended {
            return None;
        }
        Some((std::mem::take(&mut waiting.written), !waiting.activity.is_empty()))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's body.
pub(super) fn run(path: &Path, durability: Durability, pulse: &Arc<Pulse>, w: WeakSender<Request>) {
    let mut is_failing = false;
    while let Some((written, touched)) = pulse.next_round() {
        if touched && let Some(requests) = w.upgrade() {
            // A full queue writes the activity along with what is in it.
            drop(requests.try_send(Request::Activity));
        }
        if !written {
            continue;
        }
        let outcome = if durability == Durability::Power { Ok(()) } else { sync_log(path) };
        match outcome.and_then(|()| shorten_log(path)) {
            Ok(()) => is_failing = false,
            Err(error) if is_failing => log::debug!("the state database is not synced: {error}"),
            Err(error) => {
                is_failing = true;
                log::error!(hint = error.hint(); "the state database is not synced, a power cut \
                    would cost what was done since: {error}");
            }
        }
    }
}

/// Moves a long log into the database file as far as readers allow, without holding the writer up.
fn shorten_log(path: &Path) -> Result<(), StateError> {
    let length = std::fs::metadata(side_file(path, "-wal")).map_or(0, |meta| meta.len());
    if length <= LOG_SIZE.unsigned_abs() {
        return Ok(());
    }
    let connection = open_writer(path, Durability::Process)?;
    connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .map_err(|error| StateError::from_sqlite(path, "move the log into", error))
}
