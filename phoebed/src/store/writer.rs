//! The one thread that writes.
//!
//! Owns when and what is written. Never holds a lock while it writes, and never ends before it is
//! told to, whatever the disk does:
//!
//! ```text
//!            records            written
//!   waiting ────────▶ gathering ───────▶ waiting ── hourly ──▶ pruning a slice
//!      ▲                  │ failed
//!      │ written          ▼
//!      └──────────── holding the batch, trying again (0.25 s … 5 s, or at a request)
//! ```

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::TransactionBehavior;
use tokio::sync::oneshot;

use super::apply::apply_batch;
use super::database::Database;
use super::durable::Job;
use super::error::StoreError;
use super::events::SessionStarted;
use super::options::StoreOptions;
use super::prepare::OpenReport;
use super::prune::{PruneClock, cutoff, prune_slice};
use super::queue::Batch;
use super::recreate::{RecreateReport, recreate};
use super::repair::end_half_done;
use super::schema::LATEST;
use super::shared::Shared;
use super::status::unix_now;

/// How long a group may gather before it is committed.
const GATHER: Duration = Duration::from_millis(20);

const FIRST_BACKOFF: Duration = Duration::from_millis(250);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Tells which sessions are live.
pub(super) type Live = Box<dyn FnOnce() -> Vec<SessionStarted> + Send>;

/// What the daemon can ask for; every request is answered after the effect.
pub(super) enum Request {
    Flush(Reply<()>),
    /// A commit of what is there already.
    Probe(Reply<()>),
    /// A change in a transaction of its own.
    Durable(Job),
    Recreate(Live, Reply<RecreateReport>),
    /// Settings have changed: prune by them now.
    Prune,
    Close(Reply<()>),
    /// The last handle is gone: nobody waits for an answer.
    Abandon,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    database: Database,
    /// Sessions of the life before have been ended.
    repaired: bool,
    /// But for those that are kept.
    kept: HashSet<String>,
    batch: Batch,
    backoff: Duration,
    retry_at: Option<Instant>,
    prune: PruneClock,
    drops_seen: u64,
}

impl Writer {
    /// Opens the database. A lock or a bad disk is no reason to fail, a refused file is.
    pub(super) fn open(
        options: StoreOptions,
        shared: Arc<Shared>,
    ) -> Result<(Self, OpenReport), StoreError> {
        let mut writer = Self {
            shared,
            kept: options.kept_sessions.clone(),
            database: Database::new(options),
            repaired: false,
            batch: Batch::default(),
            backoff: FIRST_BACKOFF,
            retry_at: None,
            prune: PruneClock::new(),
            drops_seen: 0,
        };
        let mut report = OpenReport::default();
        match writer.open_first(&mut report) {
            Err(error) if error.is_transient() => {
                report.deferred = Some(error.full_text());
                writer.note(Err(&error));
            }
            outcome => outcome?,
        }
        if report.adopted {
            // An hour in which the operator can still choose to keep the old records.
            writer.prune.put_off();
        }
        Ok((writer, report))
    }

    fn open_first(&mut self, report: &mut OpenReport) -> Result<(), StoreError> {
        *report = self.database.prepare()?;
        report.ended_half_done = self.write_batch()?;
        Ok(())
    }

    /// The thread's body.
    pub(super) fn run(mut self) {
        loop {
            let wake = self.retry_at.unwrap_or(self.prune.due());
            self.shared.queue.wait(wake, self.retry_at.is_none());
            if self.retry_at.is_none() && Instant::now() < self.prune.due() {
                self.shared.queue.gather(GATHER);
            }
            let requests = self.shared.queue.take_controls();
            let is_due = self.retry_at.is_none_or(|at| at <= Instant::now());
            let outcome = if is_due || !requests.is_empty() { self.write() } else { Ok(()) };
            if self.serve(requests, outcome) {
                return;
            }
            if self.retry_at.is_none() && self.prune.due() <= Instant::now() {
                self.prune_some();
            }
        }
    }

    /// Answers requests after the write that preceded them; true when it was the last.
    fn serve(&mut self, requests: Vec<Request>, outcome: Result<(), String>) -> bool {
        let unwritten = |writer: &Self| match &outcome {
            Ok(()) => Ok(()),
            Err(cause) => {
                let queued = writer.shared.queue.counts().0;
                Err(StoreError::Unwritten { queued, cause: cause.clone() })
            }
        };
        for request in requests {
            match request {
                Request::Flush(reply) => drop(reply.send(unwritten(self))),
                Request::Probe(reply) => {
                    drop(reply.send(unwritten(self).and_then(|()| self.mark_again())));
                }
                Request::Durable(job) => self.run_durably(job, unwritten(self).err()),
                Request::Recreate(live, reply) => drop(reply.send(self.recreate(&live()))),
                Request::Prune => self.prune.hurry(),
                Request::Close(reply) => {
                    let end = unwritten(self);
                    self.close();
                    drop(reply.send(end));
                    return true;
                }
                Request::Abandon => {
                    self.close();
                    return true;
                }
            }
        }
        false
    }

    /// Writes what is held from before, then what came since.
    fn write(&mut self) -> Result<(), String> {
        let held = !self.batch.is_empty() || self.retry_at.is_some();
        let mut outcome = if held { self.write_batch().map(drop) } else { Ok(()) };
        if outcome.is_ok() {
            self.batch = self.shared.queue.take_batch();
            if !self.batch.is_empty() {
                outcome = self.write_batch().map(drop);
            }
        }
        self.note(outcome.as_ref().copied());
        outcome.map_err(|error| error.full_text())
    }

    /// One transaction; the batch is kept unless it is committed. Answers how many sessions of
    /// the life before it ended, which the first transaction does.
    fn write_batch(&mut self) -> Result<usize, StoreError> {
        let (batch, repaired) = (std::mem::take(&mut self.batch), self.repaired);
        let kept = &self.kept;
        let path = self.database.path().to_owned();
        let removed = &self.shared.removed;
        let outcome = self.database.connection().and_then(|connection| {
            let sql = |error| StoreError::from_sqlite(&path, "write to", error);
            let tx = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(sql)?;
            let ended = if repaired { 0 } else { end_half_done(&tx, kept).map_err(sql)? };
            let rejected = apply_batch(&tx, &batch, removed).map_err(sql)?;
            tx.commit().map_err(sql)?;
            Ok((ended, rejected))
        });
        match outcome {
            Ok((ended, rejected)) => {
                self.repaired = true;
                self.kept = HashSet::new();
                self.shared.queue.settle(rejected);
                self.shared.count_written(batch.events.len() as u64 - rejected);
                Ok(ended)
            }
            Err(error) => {
                self.batch = batch;
                if !matches!(error, StoreError::Locked { .. }) {
                    // A new connection finds out whether the medium has come back.
                    self.database.let_go();
                }
                Err(error)
            }
        }
    }

    /// Writes the first page, without a change to it: a commit of nothing would not touch the disk.
    fn mark_again(&mut self) -> Result<(), StoreError> {
        let path = self.database.path().to_owned();
        let sql = |error| StoreError::from_sqlite(&path, "write to", error);
        let connection = self.database.connection()?;
        let tx =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        tx.pragma_update(None, "user_version", LATEST).map_err(sql)?;
        tx.commit().map_err(sql)
    }

    /// While the database cannot be written, changes that waited for long are not tried: each
    /// would wait for the lock again, and so would everybody behind it.
    fn run_durably(&mut self, job: Job, unwritten: Option<StoreError>) {
        let path = self.database.path().to_owned();
        let target = match unwritten {
            Some(error) if job.is_late() => Err(error),
            _ => self.database.connection(),
        };
        if !job.run(&path, target) {
            self.database.let_go();
        }
    }

    fn recreate(&mut self, live: &[SessionStarted]) -> Result<RecreateReport, StoreError> {
        self.database.let_go();
        let path = self.database.path().to_owned();
        let report = recreate(&path, live)?;
        self.database.was_replaced();
        self.repaired = true;
        let outcome = self.write_batch();
        self.note(outcome.as_ref().map(|_| ()));
        Ok(report)
    }

    fn prune_some(&mut self) {
        let keep_days = self.shared.settings().keep_days;
        let Some(cutoff) = cutoff(unix_now(), keep_days) else { return self.prune.put_off() };
        let path = self.database.path().to_owned();
        let outcome = self.database.connection().and_then(|connection| {
            prune_slice(connection, cutoff)
                .map_err(|error| StoreError::from_sqlite(&path, "prune", error))
        });
        match outcome {
            Ok((deleted, more)) => {
                if let Some(rows @ 1..) = self.prune.note(deleted, more) {
                    log::info!(rows, keep_days:? = keep_days; "old log records pruned");
                }
            }
            Err(error) => {
                log::warn!(cause = error.full_text(); "old log records could not be pruned");
                self.prune.put_off();
            }
        }
    }

    /// Publishes the outcome of an attempt and decides when the next one is due.
    fn note(&mut self, outcome: Result<(), &StoreError>) {
        if outcome.is_ok() {
            self.retry_at = None;
            self.backoff = FIRST_BACKOFF;
        } else {
            self.retry_at = Some(Instant::now() + self.backoff);
            self.backoff = (self.backoff * 2).min(LONGEST_BACKOFF);
        }
        self.shared.publish(outcome);
        self.drops_seen = self.shared.report_drops(self.drops_seen, outcome.is_ok());
    }

    fn close(&mut self) {
        if let Err(error) = self.database.close() {
            log::warn!(cause:% = error; "the log database was not closed cleanly");
        }
    }
}

/// However the thread ends, nobody waits for its answer, and what was not written is counted.
impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.queue.close();
        self.shared.publish_closed();
    }
}
