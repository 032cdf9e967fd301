//! What the handles and the writer thread share: queue, settings, published status.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;

use super::error::StoreError;
use super::events::StoreEvent;
use super::options::{LogSettings, StoreOptions};
use super::queue::Queue;
use super::removal::Removed;
use super::status::{StoreState, StoreStatus};
use super::writer::Request;

pub(super) struct Shared {
    pub path: PathBuf,
    pub queue: Queue<Request>,
    pub removed: Removed,
    settings: RwLock<LogSettings>,
    status: watch::Sender<StoreStatus>,
}

impl Shared {
    pub(super) fn new(options: &StoreOptions) -> Self {
        let queue = Queue::new(options.queue_capacity, options.queue_bytes);
        let status = StoreStatus::new(queue.capacity());
        Self {
            path: options.path.clone(),
            queue,
            removed: Removed::default(),
            settings: RwLock::new(options.settings.clone()),
            status: watch::Sender::new(status),
        }
    }

    pub(super) fn settings(&self) -> RwLockReadGuard<'_, LogSettings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// New settings; pruning by a new time to keep begins at once.
    pub(super) fn configure(&self, settings: LogSettings) {
        let mut current = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        let is_new_time = current.keep_days != settings.keep_days;
        *current = settings;
        drop(current);
        if is_new_time {
            // Closed: there is nothing to prune any more.
            drop(self.queue.request(Request::Prune));
        }
    }

    /// Filters, cuts and queues; never waits for more than a push.
    pub(super) fn record(&self, event: StoreEvent) {
        if let StoreEvent::Command(command) = &event
            && !self.settings().filter.keeps(&command.command_name)
        {
            return;
        }
        self.queue.offer(event.fit());
    }

    /// The published status with the counts of this moment.
    pub(super) fn status(&self) -> StoreStatus {
        let (queued, dropped) = self.queue.counts();
        StoreStatus { queued, dropped, ..self.status.borrow().clone() }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<StoreStatus> {
        self.status.subscribe()
    }

    pub(super) fn count_written(&self, records: u64) {
        self.status.send_if_modified(|status| {
            status.written += records;
            records > 0
        });
    }

    /// Takes in the outcome of an attempt; a change is logged once.
    pub(super) fn publish(&self, outcome: Result<(), &StoreError>) {
        let (queued, dropped) = self.queue.counts();
        let path = self.path.display();
        self.status.send_if_modified(|status| {
            let counts = (queued, dropped) != (status.queued, status.dropped);
            (status.queued, status.dropped) = (queued, dropped);
            let before = status.state;
            let changed = status.note(outcome);
            match (&status.cause, changed) {
                (Some(cause), true) => {
                    log::warn!(path:%, cause, queued; "the log database cannot be written, \
                        records wait in memory");
                }
                (None, true) if before != StoreState::Ok => {
                    log::info!(path:%; "the log database can be written again");
                }
                _ => {}
            }
            counts || changed
        });
    }

    pub(super) fn publish_closed(&self) {
        let (queued, dropped) = self.queue.counts();
        self.status.send_modify(|status| {
            (status.queued, status.dropped) = (queued, dropped);
            status.state = StoreState::Closed;
        });
    }

    /// Logs a burst of drops when it begins and when it is over. `seen` is the count that was
    /// reported last; answers the new one.
    pub(super) fn report_drops(&self, seen: u64, recovered: bool) -> u64 {
        let dropped = self.queue.counts().1;
        let burst = self.status.borrow().dropping;
        if dropped > seen && !burst {
            log::warn!(dropped; "the log database's queue is full, records are dropped");
        } else if dropped == seen && burst && recovered {
            log::warn!(dropped; "the log database's queue has room again, so many were dropped");
        }
        self.status.send_if_modified(|status| {
            status.dropping = dropped > seen || (burst && !recovered);
            false
        });
        dropped
    }
}
