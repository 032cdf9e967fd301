//! A session as everybody but its owner task sees it: what is fixed about it, what it tells of
//! itself, and the way to send it commands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use phoebed_common::api::RawJson;
use tokio::sync::{mpsc, oneshot, watch};

use super::caller::Client;
use super::lifecycle::{Activity, EndReason};
use super::start::Settings;
use super::waiting::{Queue, Refused};
use crate::workers::MemoryGauge;

/// What is fixed about a session, and its mailboxes.
#[derive(Debug)]
pub struct Session {
    /// A version 4 UUID.
    pub id: String,
    /// When it started.
    pub created_at: SystemTime,
    /// Whose it is; nobody's in mode none.
    pub user_id: Option<String>,
    /// The owner's name, or nothing.
    pub full_name: String,
    /// The client's own JSON value, as it was sent.
    pub project_name: Option<RawJson>,
    /// Where it was started from.
    pub client: Client,
    /// The port of its worker.
    pub port: u16,
    /// The process id of its worker.
    pub pid: i32,
    /// Memory of its worker.
    pub memory: MemoryGauge,
    pub(super) last_activity: AtomicU64,
    pub(super) activity: watch::Receiver<Activity>,
    pub(super) settings: watch::Receiver<Settings>,
    pub(super) commands: Queue<CommandRequest>,
    pub(super) ends: mpsc::Sender<EndRequest>,
}

/// A command for the worker.
#[derive(Debug)]
pub struct CommandRequest {
    /// The client's JSON object, passed on as it is.
    pub body: Bytes,
    /// The command's name, for log and status.
    pub name: String,
    /// The HTTP request's id, for the log.
    pub request_id: String,
    pub(super) reply: oneshot::Sender<Result<Outcome, CommandError>>,
}

/// A request to end the session, if it has been idle for long enough.
#[derive(Debug)]
pub struct EndRequest {
    pub(super) reason: EndReason,
    pub(super) idle_for: Option<Duration>,
    pub(super) done: oneshot::Sender<Ended>,
}

/// What came of a request to end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its process is gone and its port free.
    Gone,
    /// It has not been idle for long enough.
    InUse,
}

/// What came of a command.
#[derive(Debug)]
pub enum Outcome {
    /// The worker's answer, JSON, to be passed on as it is.
    Answered(Bytes),
    /// No answer in time. The command goes on.
    TimedOut {
        /// Its name.
        command: String,
        /// How long its caller waited, in seconds.
        seconds: u64,
    },
    /// An earlier command, whose caller was told that it timed out, still runs.
    Busy {
        /// Its name.
        command: String,
        /// Since when it runs.
        since: SystemTime,
        /// For how many seconds.
        seconds: u64,
    },
}

/// Why a command was not carried out, or is not known to have been.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommandError {
    /// The worker died.
    #[error("The session's worker died ({cause}) and the session ended; start a new one")]
    WorkerDied {
        /// How.
        cause: String,
    },
    /// The session ended meanwhile.
    #[error("The session has ended ({})", .0.as_str())]
    Ended(EndReason),
    /// Too many commands wait.
    #[error(
        "Too many commands wait for this session: {waiting} of {limit} (session.queue_limit); \
         send the next one after an answer"
    )]
    QueueFull {
        /// How many wait.
        waiting: usize,
        /// How many may.
        limit: usize,
    },
}

impl Session {
    /// When it was last used.
    pub fn last_activity(&self) -> f64 {
        f64::from_bits(self.last_activity.load(Ordering::Relaxed))
    }

    /// What it does now.
    pub fn activity(&self) -> Activity {
        self.activity.borrow().clone()
    }

    /// How many commands wait for their turn.
    pub fn waiting(&self) -> usize {
        self.commands.count()
    }

    /// Has the worker carry out a command, after those that were sent before it. When the returned
    /// future is dropped, a command that still waits is forgotten at once.
    pub async fn command(
        &self,
        name: String,
        body: Bytes,
        request_id: String,
    ) -> Result<Outcome, CommandError> {
        let limit = self.settings.borrow().queue_limit;
        let (reply, outcome) = oneshot::channel();
        let request = CommandRequest { body, name, request_id, reply };
        let ended = || CommandError::Ended(EndReason::Manual);
        let _place = self.commands.enter(limit, request).map_err(|refused| match refused {
            Refused::Full(waiting) => CommandError::QueueFull { waiting, limit },
            Refused::Closed => ended(),
        })?;
        outcome.await.unwrap_or_else(|_gone| Err(ended()))
    }

    /// Ends it and waits until its process is gone and its port free. Ending an ended session
    /// is done at once.
    pub async fn end(&self, reason: EndReason) {
        self.end_if_idle(reason, None).await;
    }

    /// As [`Session::end`], but only if it has been idle for so long; its owner decides, so no
    /// command that came in just now is lost.
    pub async fn end_if_idle(&self, reason: EndReason, idle_for: Option<Duration>) -> Ended {
        let (done, ended) = oneshot::channel();
        if self.ends.send(EndRequest { reason, idle_for, done }).await.is_err() {
            // It is ending: its owner drops the sender when the process is gone.
            let mut activity = self.activity.clone();
            while activity.changed().await.is_ok() {}
            return Ended::Gone;
        }
        ended.await.unwrap_or(Ended::Gone)
    }

    pub(super) fn touch(&self) {
        let now = unix_seconds(SystemTime::now());
        self.last_activity.store(now.to_bits(), Ordering::Relaxed);
    }
}

/// Seconds since 1970, as they stand on the wire and in the log database.
pub fn unix_seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
