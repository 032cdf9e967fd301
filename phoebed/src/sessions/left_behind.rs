//! What becomes of a long command whose session leaves its worker.

use super::command::{CommandError, Outcome};
use super::long::{Long, Stage, cancelled};
use super::owner::Owner;
use super::serving::Waiting;
use crate::jobs::{CANCELLED, MOST_ATTEMPTS};

impl Long {
    /// The session leaves its worker, and the long command with it: its caller is told, and what
    /// becomes of the job is kept.
    pub async fn left_behind(self, owner: &Owner, how: LeftBehind) {
        let Self { job, waiting, stage, .. } = self;
        let jobs = &owner.sessions.jobs;
        // However its worker came to its end: somebody wanted that of the command.
        let how = if job.cancel.is_cancelled() { LeftBehind::Cancelled } else { how };
        if let Stage::Running(running) = &stage
            && waiting.is_some()
        {
            owner.sessions.records.interrupted(&owner.session, running, how.error());
        }
        let reply = |waiting: Option<Waiting>, outcome: Result<Outcome, CommandError>| {
            if let Some(waiting) = waiting {
                let _ = waiting.reply.send(outcome);
            }
        };
        match how {
            LeftBehind::Cancelled => {
                jobs.cancelled(vec![job], CANCELLED).await;
                reply(waiting, Ok(cancelled()));
            }
            LeftBehind::Ended(error) => {
                jobs.cancelled(vec![job], &format!("Cancelled: {error}")).await;
                reply(waiting, Err(error));
            }
            // The next start of the daemon finds it as it is.
            LeftBehind::Stopped(_) if job.is_submitted() => {}
            LeftBehind::Stopped(error) => {
                jobs.fail(&job, &format!("interrupted: {error}")).await;
                reply(waiting, Err(error));
            }
            LeftBehind::Died(error) if job.is_submitted() && job.attempts() < MOST_ATTEMPTS => {
                if !jobs.again(&job).await {
                    jobs.cancelled(vec![job], CANCELLED).await;
                    return owner.session.line.over();
                }
                log::warn!(
                    session = job.session_id.as_str(), job = job.id.as_str();
                    "a job is begun again: {error}"
                );
                if owner.session.line.put_back(job) {
                    owner.sessions.keep_line(&owner.session);
                }
                return;
            }
            LeftBehind::Died(error) => {
                jobs.fail(&job, &error.to_string()).await;
                reply(waiting, Err(error));
            }
        }
        owner.session.line.over();
    }
}

/// How a session left its worker while a long command ran.
pub enum LeftBehind {
    /// It was cancelled.
    Cancelled,
    /// The session has ended.
    Ended(CommandError),
    /// The daemon stops, and the session goes on after that.
    Stopped(CommandError),
    /// The worker died, or could not be kept up with.
    Died(CommandError),
}

impl LeftBehind {
    fn error(&self) -> &CommandError {
        match self {
            Self::Cancelled => &CommandError::Cancelled,
            Self::Ended(error) | Self::Stopped(error) | Self::Died(error) => error,
        }
    }
}
