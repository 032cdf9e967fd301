//! Changes that somebody waits for: in a transaction of their own, on the disk when answered.
//!
//! The log's records may lose their last seconds in a power cut; users and tokens may not. A lost
//! row would give its id to somebody else, or let a token count again that was taken back.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::connection::WRITE_PATIENCE;
use super::error::StoreError;
use super::writer::Reply;

/// Somebody waits for the answer, so a short lock is sat out; records wait in the queue. It counts
/// from the question, so that many questions at a locked database do not add up.
const PATIENCE: Duration = Duration::from_secs(2);

type Run = dyn FnOnce(&Path, Result<&mut Connection, StoreError>) -> bool + Send;

/// A change with the one who waits for its answer.
pub(super) struct Job {
    run: Box<Run>,
    until: Instant,
}

impl Job {
    /// `work` is committed unless it fails.
    pub(super) fn new<T: Send + 'static>(
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
        reply: Reply<T>,
    ) -> Self {
        let until = Instant::now() + PATIENCE;
        let run = move |path: &Path, connection: Result<&mut Connection, StoreError>| {
            let outcome = connection.and_then(|connection| perform(path, connection, until, work));
            let is_usable = matches!(outcome, Ok(_) | Err(StoreError::Locked { .. }));
            drop(reply.send(outcome));
            is_usable
        };
        Self { run: Box::new(run), until }
    }

    /// It has waited for as long as a lock is sat out.
    pub(super) fn is_late(&self) -> bool {
        self.until <= Instant::now()
    }

    /// Does it and answers; says whether the connection can be used further.
    pub(super) fn run(self, path: &Path, connection: Result<&mut Connection, StoreError>) -> bool {
        (self.run)(path, connection)
    }
}

fn perform<T>(
    path: &Path,
    connection: &mut Connection,
    until: Instant,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    let sql = |error| StoreError::from_sqlite(path, "write to", error);
    connection.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    connection.busy_timeout(until.saturating_duration_since(Instant::now())).map_err(sql)?;
    let outcome = in_transaction(connection, work).map_err(sql);
    connection.busy_timeout(WRITE_PATIENCE).map_err(sql)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(sql)?;
    outcome
}

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answer = work(&tx)?;
    tx.commit()?;
    Ok(answer)
}
