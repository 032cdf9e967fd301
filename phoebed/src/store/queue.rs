//! The queue between the daemon and the writer thread, bounded by records and by bytes.
//!
//! Owns the records that are not yet in the database, the ones being written included. The lock
//! is held for a push or a take, never during I/O, so that an offer never waits for the disk.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::events::{SessionActivity, StoreEvent};

/// One part in so many of the room is kept for starts and ends of sessions and the audit.
const RESERVE: usize = 8;

/// Records and requests for the writer; `C` is the request type.
pub(super) struct Queue<C> {
    state: Mutex<State<C>>,
    ready: Condvar,
    capacity: usize,
    most_bytes: usize,
}

struct State<C> {
    events: VecDeque<StoreEvent>,
    /// The latest use of each session: many become one.
    activity: HashMap<String, f64>,
    controls: Vec<C>,
    /// Records that the writer has taken and not yet settled.
    in_flight: usize,
    /// What the records take, those in flight included.
    bytes: usize,
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
    /// At most so many records, and so many bytes of them.
    pub(super) fn new(capacity: usize, most_bytes: usize) -> Self {
        let state = State {
            events: VecDeque::new(),
            activity: HashMap::new(),
            controls: Vec::new(),
            in_flight: 0,
            bytes: 0,
            dropped: 0,
            closed: false,
        };
        let capacity = capacity.max(RESERVE);
        Self { state: Mutex::new(state), ready: Condvar::new(), capacity, most_bytes }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Takes the record, or counts it as dropped when there is no room.
    pub(super) fn offer(&self, event: StoreEvent) {
        let size = event.size();
        let may_take = |room: usize| match event.is_lifecycle() {
            true => room,
            false => room - room / RESERVE,
        };
        let (limit, most_bytes) = (may_take(self.capacity), may_take(self.most_bytes));
        let mut state = self.lock();
        let records = state.events.len() + state.in_flight;
        if let StoreEvent::SessionActivity(used) = event {
            state.note_activity(used, limit);
        } else if state.closed || records >= limit || state.bytes + size > most_bytes {
            state.dropped += 1;
        } else {
            state.bytes += size;
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
        (state.in_flight, state.bytes) = (0, 0);
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
        state.bytes = state.events.iter().map(StoreEvent::size).sum();
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

#[cfg(test)]
mod tests {
    use super::super::events::{CommandDone, SessionStarted};
    use super::*;

    const KIB: usize = 1024;

    fn command(text: usize) -> StoreEvent {
        let error_message = Some("x".repeat(text));
        StoreEvent::Command(CommandDone { error_message, ..CommandDone::default() })
    }

    fn offered(queue: &Queue<()>, event: &StoreEvent, times: usize) -> (usize, u64) {
        (0..times).for_each(|_| queue.offer(event.clone()));
        queue.counts()
    }

    #[test]
    fn bytes_bound_the_queue_and_the_rest_is_counted_as_dropped() {
        let queue = Queue::new(1000, 64 * KIB);
        let large = command(4 * KIB);
        let room = (64 - 8) * KIB / large.size();
        assert_eq!(offered(&queue, &large, 100), (room, 100 - room as u64));
        assert!(queue.lock().bytes <= 56 * KIB);
        assert_eq!(offered(&queue, &command(0), 1).1, 100 - room as u64, "a small one fits");
    }

    #[test]
    fn starts_and_ends_have_bytes_in_reserve() {
        let queue = Queue::new(1000, 64 * KIB);
        let (_, dropped) = offered(&queue, &command(KIB), 100);
        let start = StoreEvent::SessionStarted(SessionStarted::default());
        assert_eq!(offered(&queue, &start, 10).1, dropped);
    }

    #[test]
    fn bytes_count_until_the_batch_is_settled() {
        let queue = Queue::new(1000, 64 * KIB);
        let large = command(4 * KIB);
        let (room, _) = offered(&queue, &large, 100);
        let batch = queue.take_batch();
        assert_eq!(batch.events.len(), room);
        assert_eq!(offered(&queue, &large, 1).0, room, "the writer holds them still");
        queue.settle(0);
        assert_eq!(queue.lock().bytes, 0);
        assert_eq!(offered(&queue, &large, 100).0, room);
        let kept = queue.lock().bytes;
        assert_eq!(kept, room * large.size());
    }
}
