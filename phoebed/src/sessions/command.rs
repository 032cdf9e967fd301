//! A command on its way to a session's worker, and what comes of it.

use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::lifecycle::EndReason;
use super::registry::Sessions;
use super::session::{Presence, Session};
use super::start::StartSessionError;
use super::waiting::Refused;

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
    ) -> Result<Outcome, CommandError> {
        let deadly = {
            let deaths = session.deaths.lock().unwrap_or_else(PoisonError::into_inner);
            deaths.refuse(&body)
        };
        if let Some(cause) = deadly {
            return Err(CommandError::Deadly { cause });
        }
        let limit = self.settings.borrow().queue_limit;
        let (reply, outcome) = oneshot::channel();
        let request = CommandRequest { body, name, request_id, reply };
        let _place = {
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
        outcome.await.unwrap_or_else(|_gone| Err(CommandError::Ended(self.reason_of_end())))
    }
}
