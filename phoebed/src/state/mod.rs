//! The daemon's own database: what sessions are there, and the state of each.
//!
//! Owns `state.db`: its schema and migrations, the thread that writes it and the one that syncs
//! it. Other than the log database (`store`), what it has answered is kept: a change is answered
//! after its commit, and a failure is an error to the one who asked. It never looks into a state
//! and knows nothing of workers. One owner per session asks one thing at a time.
//!
//! ```text
//!   keep() ──▶ room ──▶ compress, checksum ──▶ queue ──▶ writer thread ──▶ state.db
//!               │ none: Busy   (blocking threads)            │ committed     ▲  │
//!   Ok ◀─────────────────────────────────────────────────────┘     syncer ───┘  │
//!   load(), sessions() ◀── one read-only connection, in turns ◀─────────────────┘
//! ```

mod changes;
mod compact;
mod damaged;
mod database;
mod error;
mod job_requests;
mod jobs;
mod kept;
mod load;
mod opening;
mod options;
mod record;
mod replacing;
mod room;
mod salvage;
mod syncer;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;

pub use error::StateError;
pub use jobs::{Content, JobEnd, JobRecord, JobState, Listed};
pub use kept::{Kept, SnapshotForm, Stored};
pub use opening::OpenReport;
pub use options::{Durability, StateOptions};
pub use record::SessionRecord;

use changes::Change;
use database::Database;
use kept::Packed;
use options::MOST_ENTRY_BYTES;
use room::{Place, Room};
use syncer::Pulse;
use writer::{Reply, Request, Writer};

/// A handle to the state database. Clones share one writer; the last one that is dropped ends it.
#[derive(Clone)]
pub struct State {
    inner: Arc<Inner>,
}

struct Inner {
    options: StateOptions,
    requests: mpsc::Sender<Request>,
    room: Arc<Room>,
    /// As many states are compressed at a time as there are processors.
    packers: Semaphore,
    pulse: Arc<Pulse>,
    /// One at a time: SQLite keeps the descriptors of closed connections for as long as the writer
    /// has the file open.
    reader: Arc<tokio::sync::Mutex<Option<Connection>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[cfg(test)]
/// Removes what a session has too much of.
pub fn trim_jobs(tx: &rusqlite::Transaction<'_>, session_id: &str, most: u32, most_bytes: i64) {
    jobs::trim(tx, session_id, most, most_bytes).expect("a trim");
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("State").field(&self.path()).finish()
    }
}

impl State {
    /// Opens the database, or makes or upgrades it first, and starts its threads. Waits for the
    /// disk: call it before serving. A newer or foreign file is refused and left untouched, a
    /// damaged one is set aside under a dated name; then, as the report says, a new one is made.
    pub fn open(options: StateOptions) -> Result<(Self, OpenReport), StateError> {
        let (database, report) = Database::open(options.clone())?;
        let (requests, receiver) = mpsc::channel(options.most_waiting.max(1));
        let pulse = Arc::new(Pulse::default());
        let writer = Writer { database, requests: receiver, pulse: Arc::clone(&pulse) };
        let io = |error| StateError::from_io(&options.path, "start the threads of", error);
        let threads = vec![
            Builder::new()
                .name("state-writer".to_owned())
                .spawn(move || writer.run())
                .map_err(io)?,
            Builder::new()
                .name("state-syncer".to_owned())
                .spawn({
                    let (path, durability) = (options.path.clone(), options.durability);
                    let (pulse, requests) = (Arc::clone(&pulse), requests.downgrade());
                    move || syncer::run(&path, durability, &pulse, requests)
                })
                .map_err(io)?,
        ];
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
        let inner = Inner {
            room: Room::new(options.most_waiting, options.most_waiting_bytes),
            options,
            requests,
            packers: Semaphore::new(processors),
            pulse,
            reader: Arc::default(),
            threads: Mutex::new(threads),
        };
        Ok((Self { inner: Arc::new(inner) }, report))
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.options.path
    }

    /// Registers a session, or renews what is known of it; its states stay.
    pub async fn register(&self, record: SessionRecord) -> Result<(), StateError> {
        self.change(Change::Register(Box::new(record))).await.map(drop)
    }

    /// Keeps what a session has shipped. When this returns, the state survives what the
    /// durability promises; after an error nothing of it is there. Dropping the future leaves
    /// open which of the two.
    pub async fn keep(&self, session_id: &str, kept: Kept) -> Result<(), StateError> {
        let (bytes, most) = (kept.bytes().len(), self.inner.options.most_bytes);
        let most = match kept {
            Kept::Journal(_) => most.min(MOST_ENTRY_BYTES),
            Kept::Snapshot { .. } => most,
        };
        if bytes > most {
            return Err(StateError::TooLarge { bytes, most });
        }
        let place = self.inner.room.for_state(bytes)?;
        let turn = self.inner.packers.acquire().await.map_err(|_| StateError::Closed)?;
        let packed = spawn_blocking(move || Packed::new(kept, place)).await;
        drop(turn);
        let packed = packed
            .map_err(|_| StateError::Closed)?
            .map_err(|error| StateError::from_io(self.path(), "compress a state for", error))?;
        let session_id = session_id.to_owned();
        self.send(Change::Keep { session_id, packed }, None).await.map(drop)
    }

    /// Notes when a session was last used; written within about a second, with others.
    pub fn touch(&self, session_id: &str, last_activity: f64) {
        self.inner.pulse.touch(session_id, last_activity);
    }

    /// Notes that the session's worker died, and of which command (by its hash) if it had one.
    /// Answers how often in a row that is for this command.
    pub async fn died(
        &self,
        session_id: &str,
        cause: &str,
        command_hash: Option<&[u8]>,
    ) -> Result<u32, StateError> {
        let (session_id, cause) = (session_id.to_owned(), cause.to_owned());
        let command = command_hash.map(<[u8]>::to_vec);
        self.change(Change::Died { session_id, cause, command }).await
    }

    /// Notes that the session survived a command: the next death is the first in a row.
    pub async fn lived(&self, session_id: &str) -> Result<(), StateError> {
        let session_id = session_id.to_owned();
        self.change(Change::Lived { session_id }).await.map(drop)
    }

    /// Removes a session and all that was kept of it, set aside or not.
    pub async fn forget(&self, session_id: &str) -> Result<(), StateError> {
        let change = Change::Forget { session_id: session_id.to_owned() };
        self.change(change).await.map(drop)
    }

    /// All registered sessions, oldest first.
    pub async fn sessions(&self) -> Result<Vec<SessionRecord>, StateError> {
        self.read(|path, connection| {
            record::all(connection).map_err(|error| StateError::from_sqlite(path, "read", error))
        })
        .await
    }

    /// The newest state of a session that this engine can use; none when nothing was kept. What
    /// is damaged is set aside, and if changes are lost, the session goes on from what is
    /// answered here: its next change follows that.
    pub async fn load(&self, session_id: &str, engine: &str) -> Result<Option<Stored>, StateError> {
        let (id, engine) = (session_id.to_owned(), engine.to_owned());
        let loaded =
            self.read(move |path, connection| load::load(path, connection, &id, &engine)).await?;
        if let Some(damage) = &loaded.damage {
            log::error!(session_id, damage; "the latest state of a session cannot be used");
        }
        if !loaded.finding.is_empty() {
            let (session_id, finding) = (session_id.to_owned(), loaded.finding);
            self.change(Change::Found { session_id, finding }).await?;
        }
        match (loaded.stored, loaded.is_any_kept) {
            (Some(stored), _) => Ok(Some(stored)),
            (None, false) => Ok(None),
            (None, true) => Err(StateError::Unusable {
                session_id: session_id.to_owned(),
                why: loaded.damage.unwrap_or_default(),
            }),
        }
    }

    /// Waits until the writer has written and committed something that changes nothing, or knows why
    /// it cannot. The caller sets the deadline.
    pub async fn probe(&self) -> Result<(), StateError> {
        self.ask(Request::Probe).await.map(drop)
    }

    #[cfg(test)]
    /// Waits until everything that was asked for before is on the disk, activity included.
    pub async fn flush(&self) -> Result<(), StateError> {
        self.ask(Request::Flush).await.map(drop)
    }

    /// Writes what is left, moves the write-ahead log into the file and ends the threads.
    pub async fn close(&self) -> Result<(), StateError> {
        // The last connection to go removes the log.
        *self.inner.reader.lock().await = None;
        let outcome = self.ask(Request::Close).await.map(drop);
        let threads =
            self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner).split_off(0);
        // They have ended or are about to.
        let ended = spawn_blocking(|| threads.into_iter().for_each(|thread| drop(thread.join())));
        drop(ended.await);
        outcome
    }

    async fn change(&self, change: Change) -> Result<u32, StateError> {
        let place = self.inner.room.for_registry()?;
        self.send(change, Some(place)).await
    }

    async fn send(&self, change: Change, place: Option<Place>) -> Result<u32, StateError> {
        self.ask(|reply| Request::Change(change, place, reply)).await
    }

    /// The queue has a place for all that have room, so nobody waits here for long.
    async fn ask(&self, request: impl FnOnce(Reply) -> Request) -> Result<u32, StateError> {
        let (reply, answer) = oneshot::channel();
        self.inner.requests.send(request(reply)).await.map_err(|_| StateError::Closed)?;
        answer.await.unwrap_or(Err(StateError::Closed))
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Path, &Connection) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let path = self.path().to_owned();
        let mut reader = self.inner.reader.clone().lock_owned().await;
        let read = move || {
            let connection = match reader.take() {
                Some(connection) => connection,
                None => opening::open_reader(&path)?,
            };
            let outcome = read(&path, &connection);
            // After a failure another one finds out whether the file has come back.
            *reader = Some(connection).filter(|_| outcome.is_ok());
            outcome
        };
        spawn_blocking(read).await.unwrap_or(Err(StateError::Closed))
    }
}
