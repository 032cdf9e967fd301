//! A command on its way to a session's worker, and what comes of it.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::sleep_until;

use super::deaths::fingerprint;
use super::lifecycle::{Activity, EndReason};
use super::long::{Accompanying, cancelled};
use super::registry::Sessions;
use super::session::{Presence, Session};
use super::start::StartSessionError;
use super::waiting::{Place, Refused};
use crate::jobs::{Job, NewJob, SubmitError};

/// What a command does to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandKind {
    /// It only reads (or is none, which the worker says): it is carried out beside a long one.
    Read,
    /// It changes something, in a moment.
    Change,
    /// It computes.
    Long,
}

impl CommandKind {
    /// Of the command with this name.
    pub fn of(name: &str) -> Self {
        match name {
            "run_compute" | "run_solver" => Self::Long,
            "set_value" | "set_morphology" | "change_morphology" | "new_bundle"
            | "attach_parameters" | "add_dataset" | "remove_dataset" | "load_bundle" => {
                Self::Change
            }
            _ => Self::Read,
        }
    }
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
    /// When its caller waits no longer.
    pub(super) deadline: Instant,
    /// What it does to the session.
    pub(super) kind: CommandKind,
    /// Its place among the commands and jobs of the session.
    pub(super) turn: u64,
    /// What a long one is listed as.
    pub(super) job: Option<Accompanying>,
    pub(super) reply: oneshot::Sender<Result<Outcome, CommandError>>,
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
        /// How long it has run, in seconds.
        seconds: u64,
        /// The job whose result it will be, of a long one.
        job: Option<String>,
    },
    /// It waited for others for as long as its caller had patience, and was not carried out.
    NotBegun {
        /// Its name.
        command: String,
        /// What the session does.
        busy_with: Option<String>,
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
    /// The worker died, and the session with it.
    #[error("The session's worker died ({cause}) and the session ended; start a new one")]
    SessionDied {
        /// How.
        cause: String,
    },
    /// The worker died; the session goes on.
    #[error(
        "The session's worker died ({cause}). The session is as it was before this command: send \
         the next one"
    )]
    WorkerDied {
        /// How.
        cause: String,
    },
    /// The command has killed too many workers.
    #[error(
        "This command has killed the session's worker three times running ({cause}) and is not \
         tried again before the session has changed"
    )]
    Deadly {
        /// How the worker died last.
        cause: String,
    },
    /// What the command has changed could not be stored.
    #[error("The change was not made, for it could not be kept: {cause}")]
    NotKept {
        /// Why.
        cause: String,
    },
    /// No worker could be had for a session that hibernates.
    #[error("The session could not be woken; it is kept. {0}")]
    NoWorker(#[source] Box<StartSessionError>),
    /// A session that hibernates could not be put back.
    #[error("The session could not be woken; it is kept. {cause}")]
    NotRestored {
        /// Why.
        cause: String,
    },
    /// The session ended meanwhile.
    #[error("The session has ended ({})", .0.as_str())]
    Ended(EndReason),
    /// It was cancelled.
    #[error("Cancelled")]
    Cancelled,
    /// A long command runs, and changes are to be refused meanwhile.
    #[error(
        "The session is busy with {command} (job {job}); only reading is possible until that is done"
    )]
    WhileBusy {
        /// What runs.
        command: String,
        /// The job's id.
        job: String,
    },
    /// It waited for as long as its caller had patience, and is no job.
    #[error(
        "The session was busy for as long as you wait, and this command was not carried out: {0}"
    )]
    NoJob(#[from] SubmitError),
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

impl Sessions {
    /// Has the session's worker carry out a command, after those that were sent before it; a session
    /// that hibernates is woken. When the returned future is dropped, a command that still waits is
    /// forgotten at once.
    pub async fn command(
        &self,
        session: &Arc<Session>,
        name: String,
        body: Bytes,
        request_id: String,
        patience: Option<Duration>,
    ) -> Result<Outcome, CommandError> {
        let deadly = {
            let deaths = session.deaths.lock().unwrap_or_else(PoisonError::into_inner);
            deaths.refuse(&body)
        };
        if let Some(cause) = deadly {
            return Err(CommandError::Deadly { cause });
        }
        let (limit, patience) = {
            let settings = self.settings.borrow();
            (settings.queue_limit, patience.unwrap_or(settings.timeouts.command))
        };
        let deadline = Instant::now() + patience;
        let kind = CommandKind::of(&name);
        let job = (kind == CommandKind::Long).then(|| {
            self.jobs.accompany(NewJob {
                session_id: &session.id,
                user_id: session.user_id.as_deref(),
                command: &name,
                body_hash: fingerprint(&body).to_vec(),
                idempotency_key: None,
            })
        });
        let (reply, outcome) = oneshot::channel();
        let (command, turn) = (name.clone(), session.next_turn());
        let accompanying = job.clone().map(|job| Accompanying::new(job, self.jobs.clone()));
        let request = CommandRequest {
            body,
            name,
            request_id,
            deadline,
            kind,
            turn,
            job: accompanying,
            reply,
        };
        let place = {
            let mut presence = session.presence();
            let awake = match &*presence {
                Presence::Ended(reason) => return Err(CommandError::Ended(*reason)),
                Presence::Awake(awake) => awake.clone(),
                Presence::Asleep if self.is_closed() => {
                    return Err(CommandError::Ended(EndReason::ServerShutdown));
                }
                Presence::Asleep => {
                    let awake = self.awaken(session, None);
                    *presence = Presence::Awake(awake.clone());
                    awake
                }
            };
            awake.commands.enter(limit, request).map_err(|refused| match refused {
                Refused::Full(waiting) => CommandError::QueueFull { waiting, limit },
                Refused::Closed => CommandError::Ended(self.reason_of_end()),
            })?
        };
        let gone = |_| Err(CommandError::Ended(self.reason_of_end()));
        tokio::pin!(outcome);
        let is_cancelled = async {
            match &job {
                Some(job) => job.cancel.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            outcome = &mut outcome => return outcome.unwrap_or_else(gone),
            () = is_cancelled => {
                if place.give_up().is_some() {
                    return Ok(cancelled());
                }
            }
            () = sleep_until(deadline.into()) => {
                if let Some(outcome) = self.outlasted(session, &command, job, place).await? {
                    return Ok(outcome);
                }
            }
        }
        // Its turn has come: the owner answers.
        outcome.await.unwrap_or_else(gone)
    }
}

impl Sessions {
    /// Whoever sent this waits no longer: a long command becomes a job, any other is not carried
    /// out. Nothing if its turn has come.
    async fn outlasted(
        &self,
        session: &Arc<Session>,
        command: &str,
        job: Option<Arc<Job>>,
        place: Place<CommandRequest>,
    ) -> Result<Option<Outcome>, CommandError> {
        let command = command.to_owned();
        let Some(job) = job else {
            let busy_with = busy_with(session);
            return Ok(place.give_up().map(|_| Outcome::NotBegun { command, busy_with }));
        };
        let (sessions, own) = (self.clone(), session.clone());
        // On a task of its own: a job that is kept is in its line, though the client leaves.
        let adopted = tokio::spawn(async move { sessions.adopt(&own, place).await }).await;
        let adopted = adopted.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let job = Some(job.id.clone());
        Ok(adopted?.then_some(Outcome::TimedOut { command, seconds: 0, job }))
    }
}

/// What the session does, for who waited in vain.
fn busy_with(session: &Session) -> Option<String> {
    match session.activity() {
        Activity::Running { command, .. } => Some(command),
        _ => None,
    }
}
