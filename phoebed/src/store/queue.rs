//! The bounded queue between the daemon and the writer thread.
//!
//! Owns the records that are not yet in the database, the ones being written included. The lock
//! is held for a push or a take, never during I/O, so that an offer never waits for the disk.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::events::{SessionActivity, StoreEvent};

/// One part in so many of the capacity is kept for starts and ends of sessions.
const RESERVE: usize = 8;

/// Records and requests for the writer; `C` is the request type.
pub(super) struct Queue<C> {
    state: Mutex<State<C>>,
    ready: Condvar,
    capacity: usize,
}

struct State<C> {
    events: VecDeque<StoreEvent>,
    /// The latest use of each session: many become one.
    activity: HashMap<String, f64>,
    controls: Vec<C>,
    /// Records that the writer has taken and not yet settled.
    in_flight: usize,
    dropped: u64,
    closed: bool,
}

/// What the writer writes in one transaction.
#[derive(Default)]
pub(super) struct Batch {
    pub events: Vec<StoreEvent>,
    pub activity: HashMap<String, f64>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.activity.is_empty()
    }
}

impl<C> Queue<C> {
    pub(super) fn new(capacity: usize) -> Self {
        let state = State {
            events: VecDeque::new(),
            activity: HashMap::new(),
            controls: Vec::new(),
            in_flight: 0,
            dropped: 0,
            closed: false,
        };
        Self { state: Mutex::new(state), ready: Condvar::new(), capacity: capacity.max(RESERVE) }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Takes the record, or counts it as dropped when there is no room.
    pub(super) fn offer(&self, event: StoreEvent) {
        let mut state = self.lock();
        let limit = match event.is_lifecycle() {
            true => self.capacity,
            false => self.capacity - self.capacity / RESERVE,
        };
        if let StoreEvent::SessionActivity(used) = event {
            state.note_activity(used, limit);
        } else if state.closed || state.events.len() + state.in_flight >= limit {
            state.dropped += 1;
        } else {
            state.events.push_back(event);
        }
        self.ready.notify_one();
    }

    /// Hands over a request; gives it back when the writer is gone.
    pub(super) fn request(&self, control: C) -> Result<(), C> {
        let mut state = self.lock();
        if state.closed {
            return Err(control);
        }
        state.controls.push(control);
        self.ready.notify_one();
        Ok(())
    }

    /// No more records and requests; the requests that nobody will answer are given up.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.controls.clear();
        state.dropped += (state.events.len() + state.in_flight) as u64;
        state.events.clear();
        state.in_flight = 0;
    }

    /// Counts: waiting, dropped.
    pub(super) fn counts(&self) -> (usize, u64) {
        let state = self.lock();
        (state.events.len() + state.in_flight, state.dropped)
    }

    /// Waits until there is a request, or (`for_events`) a record, or `until` has come.
    pub(super) fn wait(&self, until: Instant, for_events: bool) {
        let state = self.lock();
        let idle = |state: &mut State<C>| {
            state.controls.is_empty()
                && !(for_events && !(state.events.is_empty() && state.activity.is_empty()))
        };
        let patience = until.saturating_duration_since(Instant::now());
        drop(self.ready.wait_timeout_while(state, patience, idle));
    }

    /// Lets a group gather: returns early for a request or when half full.
    pub(super) fn gather(&self, window: Duration) {
        let state = self.lock();
        let filling = |state: &mut State<C>| {
            state.controls.is_empty() && state.events.len() < self.capacity / 2
        };
        drop(self.ready.wait_timeout_while(state, window, filling));
    }

    /// The requests so far. A batch taken afterwards holds all that was offered before them.
    pub(super) fn take_controls(&self) -> Vec<C> {
        std::mem::take(&mut self.lock().controls)
    }

    /// Everything that waits; it counts as in flight until `settle`.
    pub(super) fn take_batch(&self) -> Batch {
        let mut state = self.lock();
        state.in_flight += state.events.len();
        Batch {
            events: state.events.drain(..).collect(),
            activity: std::mem::take(&mut state.activity),
        }
    }

    /// The batch is done with: written, but for `rejected` records.
    pub(super) fn settle(&self, rejected: u64) {
        let mut state = self.lock();
        state.in_flight = 0;
        state.dropped += rejected;
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        // No code that can panic runs under the lock; the data is sound even if it did.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> State<C> {
    fn note_activity(&mut self, used: SessionActivity, limit: usize) {
        if let Some(latest) = self.activity.get_mut(&used.session_id) {
            *latest = latest.max(used.last_activity);
        } else if self.closed || self.activity.len() >= limit {
            self.dropped += 1;
        } else {
            self.activity.insert(used.session_id, used.last_activity);
        }
    }
}
