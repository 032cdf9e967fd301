//! The log database: who used which session when, which commands, how much memory; and the users.
//!
//! Owns the SQLite file that operators query directly (`sessions.db`): its schema and migrations,
//! the one thread that writes it, and the records that are on their way to it. It never holds up a
//! command: records are queued without waiting, and a locked, full or read-only database is
//! reported while they wait in memory. It knows nothing of workers, of HTTP, or of what the daemon
//! itself needs to run (that is in `state.db`).
//!
//! ```text
//!   record() ──▶ filter, cut ──▶ bounded queue ──▶ writer thread ──▶ sessions.db
//!   status() ◀── published status ◀──────────────┘                  │
//!   create_user(), … ──▶ own transaction ─────────┘                  │
//!   recent_commands(), user_by_id(): own read-only connections ◀────┘
//! ```

mod adopt;
mod apply;
mod audit;
mod connection;
mod database;
mod durable;
mod error;
pub mod events;
mod filter;
mod fit;
mod fold;
mod inspect;
mod options;
mod prepare;
mod prune;
mod queue;
mod read;
mod recreate;
mod removal;
mod repair;
mod schema;
mod shared;
mod status;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod tokens;
pub mod upgrade_copy;
mod user_rows;
mod users;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Transaction;
use tokio::sync::{oneshot, watch};

pub use audit::AuditFilter;
pub use error::StoreError;
pub use events::AuditRecord;
pub use events::StoreEvent;
pub use filter::CommandFilter;
pub use fold::fold;
pub(crate) use inspect::side_file;
pub use options::{LogSettings, StoreOptions};
pub use prepare::OpenReport;
pub use read::CommandRecord;
pub use recreate::{InitOutcome, RecreateReport, init};
pub use status::{StoreProblem, StoreState, StoreStatus, unix_now};
pub use tokens::TokenRecord;
pub use users::{NewUser, UserAccess, UserChange, UserRecord};

use durable::Job;
use shared::Shared;
use writer::{Reply, Request, Writer};

/// A handle to the log database. Clones share one writer; the last one that is dropped ends it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.path()).finish()
    }
}

struct Inner {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the database, or makes, adopts or upgrades it first, and starts the writer thread.
    /// Waits for the disk: call it before serving. A newer, damaged or foreign file is refused and
    /// left untouched; a lock or a bad disk is not an error but told in the report.
    pub fn open(options: StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        let path = options.path.clone();
        let shared = Arc::new(Shared::new(&options));
        let (writer, report) = Writer::open(options, Arc::clone(&shared))?;
        let thread = Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::from_io(&path, "start the writer of", error))?;
        let inner = Inner { shared, thread: Mutex::new(Some(thread)) };
        Ok((Self { inner: Arc::new(inner) }, report))
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.shared.path
    }

    /// Queues a record. Never waits; without room it is dropped and counted.
    pub fn record(&self, event: StoreEvent) {
        self.inner.shared.record(event);
    }

    /// How the store is doing now.
    pub fn status(&self) -> StoreStatus {
        self.inner.shared.status()
    }

    /// Tells of changes of the status.
    #[cfg_attr(not(test), expect(dead_code, reason = "every status display asks by itself"))]
    pub fn subscribe(&self) -> watch::Receiver<StoreStatus> {
        self.inner.shared.subscribe()
    }

    /// Puts new filters and a new time to keep into force at once.
    pub fn configure(&self, settings: LogSettings) {
        self.inner.shared.configure(settings);
    }

    /// Waits until everything that was recorded before is committed, or says why it is not (it
    /// is kept and tried again). The caller sets the deadline.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.ask(Request::Flush).await
    }

    /// Waits until the writer has written and committed something that changes nothing, or knows why
    /// it cannot. The caller sets the deadline.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.ask(Request::Probe).await
    }

    /// Writes what is left, moves the write-ahead log into the file and ends the writer. What
    /// could not be written is lost then: the error says how much, the status counts it.
    pub async fn close(&self) -> Result<(), StoreError> {
        let outcome = self.ask(Request::Close).await;
        let thread = self.inner.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It has answered and is about to return.
            drop(tokio::task::spawn_blocking(move || thread.join()).await);
        }
        outcome
    }

    /// Replaces the database by a fresh one (`init-db --force`): the old file is kept as a dated
    /// backup, user ids go on, the live sessions are registered again. They are asked for after
    /// the last record went into the old file: what is recorded later goes into the new one.
    pub async fn recreate(
        &self,
        live: impl FnOnce() -> Vec<events::SessionStarted> + Send + 'static,
    ) -> Result<RecreateReport, StoreError> {
        self.ask(|reply| Request::Recreate(Box::new(live), reply)).await
    }

    /// The latest commands of a session, newest first, at most `limit`; none when the database
    /// knows no session of this id.
    pub async fn recent_commands(
        &self,
        session_id: &str,
        limit: usize,
    ) -> Result<Option<Vec<CommandRecord>>, StoreError> {
        let session_id = session_id.to_owned();
        self.read(move |path| read::recent_commands(path, &session_id, limit)).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.inner.shared.queue.request(request(reply)).map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `work` in the writer's thread, in a transaction of its own that is on the disk when
    /// this returns. Records that were queued before are written first, if they can be.
    async fn durably<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|reply| Request::Durable(Job::new(work, reply))).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.inner.shared);
        let task = tokio::task::spawn_blocking(move || read(&shared.path));
        task.await.unwrap_or(Err(StoreError::Closed))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.shared.queue.request(Request::Abandon));
    }
}
