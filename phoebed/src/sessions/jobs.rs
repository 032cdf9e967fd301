//! Jobs of sessions: how they are submitted, and how a session that sleeps is woken for the first
//! in its line once that may have a process.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use super::command::CommandRequest;
use super::deaths::fingerprint;
use super::lifecycle::EndReason;
use super::line::First;
use super::long::Accompanying;
use super::registry::Sessions;
use super::session::{Presence, Session};
use super::waiting::Place;
use crate::jobs::{Job, JobView, NewJob, SubmitError};

/// A session that could not be woken for a job is tried again after this, and after twice as long
/// each time, up to a limit.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
const AGAIN_AFTER_AT_MOST: Duration = Duration::from_secs(5 * 60);
/// How often it is looked whether a session that was woken for a job still has its worker.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// Why a session takes no job.
#[derive(Debug, thiserror::Error)]
pub enum JobRefused {
    /// The session has ended.
    #[error("The session has ended ({})", .0.as_str())]
    Ended(EndReason),
    /// See there.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl Sessions {
    /// Takes a command as a job, or finds the one that the same key was used for; the second value
    /// tells a new one.
    pub async fn submit(
        &self,
        session: &Arc<Session>,
        name: String,
        body: Bytes,
        idempotency_key: Option<String>,
    ) -> Result<(JobView, bool), JobRefused> {
        let limit = self.settings.borrow().job_limit;
        if let Some(reason) = self.end_of(session) {
            return Err(JobRefused::Ended(reason));
        }
        let new = NewJob {
            session_id: &session.id,
            user_id: session.user_id.as_deref(),
            command: &name,
            body_hash: fingerprint(&body).to_vec(),
            idempotency_key,
        };
        let (job, view) = self.jobs.submit(new, body, limit).await?;
        let Some(job) = job else { return Ok((view, false)) };
        self.enter_line(session, session.next_turn(), job.clone()).await;
        Ok((job.view(), true))
    }

    /// Makes a long command whose turn has not come, and whose caller waits no longer, a job that
    /// keeps its place in the session; false if its turn comes before that is done.
    pub(super) async fn adopt(
        &self,
        session: &Arc<Session>,
        place: Place<CommandRequest>,
    ) -> Result<bool, SubmitError> {
        let limit = self.settings.borrow().job_limit;
        let looked = place.look(|request| {
            let job = request.job.as_ref().map(Accompanying::job);
            job.map(|job| (request.turn, job, request.body.clone()))
        });
        let Some((turn, job, body)) = looked.flatten() else { return Ok(false) };
        self.jobs.adopt(&job, body, limit).await?;
        // In both for a moment, never in neither: nothing that came later goes first.
        self.enter_line(session, turn, job.clone()).await;
        match place.give_up() {
            Some(request) => {
                request.job.map(Accompanying::claim);
                Ok(true)
            }
            None => {
                session.line.leave(&job);
                Ok(false)
            }
        }
    }

    async fn enter_line(&self, session: &Arc<Session>, turn: u64, job: Arc<Job>) {
        // The owner counts every use; one that sleeps has none.
        self.keeper(session).used();
        if session.line.enter(turn, job) {
            self.keep_line(session);
        }
        session.line.ready.notify_one();
        // It may have ended while the job was kept.
        if let Some(reason) = self.end_of(session) {
            self.end_line(session, reason).await;
        }
    }

    /// Puts jobs that waited when the daemon ended into their sessions' lines again.
    pub async fn resume_jobs(&self, waiting: Vec<Arc<Job>>) {
        for job in waiting {
            match self.find(&job.session_id) {
                Some(session) => {
                    if session.line.enter(session.next_turn(), job) {
                        self.keep_line(&session);
                    }
                }
                None => self.jobs.fail(&job, "interrupted: its session is no more").await,
            }
        }
    }

    /// The session has ended: nothing comes of what waits any more.
    pub(super) async fn end_line(&self, session: &Session, reason: EndReason) {
        let why = format!("Cancelled: the session has ended ({})", reason.as_str());
        self.jobs.cancelled(session.line.take_all(), &why).await;
    }

    /// Sees to it that the jobs in the session's line are begun, one after the other.
    pub(super) fn keep_line(&self, session: &Arc<Session>) {
        let (sessions, session) = (self.clone(), session.clone());
        self.tasks.spawn(async move { sessions.lead(&session).await });
    }

    async fn lead(&self, session: &Arc<Session>) {
        let mut failures = 0_u32;
        loop {
            if self.is_closed() {
                return;
            }
            let job = match session.line.first() {
                First::Nobody => return,
                First::Waits(job) => job,
                First::Later => {
                    let moved = timeout(LOOK_AFTER, session.line.moved.notified()).await;
                    if moved.is_err() && !session.is_awake() {
                        // It sleeps again, and with it whoever was to begin the job.
                        session.line.take_back();
                    }
                    continue;
                }
            };
            let mut ticket = self.shares.enter(user_of(session), self.most_processes());
            tokio::select! {
                () = ticket.granted() => {}
                () = job.cancel.cancelled() => continue,
                () = self.closing.cancelled() => return,
            }
            if self.wake(session).await {
                failures = 0;
                job.waits_because(None);
                session.line.may_begin(ticket);
                continue;
            }
            drop(ticket);
            if let Some(reason) = self.end_of(session) {
                return self.end_line(session, reason).await;
            }
            let why = session.not_woken();
            job.waits_because(why.map(|why| format!("It waits, and is tried again: {why}")));
            let again = AGAIN_AFTER.saturating_mul(1 << failures.min(16)).min(AGAIN_AFTER_AT_MOST);
            failures += 1;
            tokio::select! {
                () = sleep(again) => {}
                () = session.line.moved.notified() => {}
                () = self.closing.cancelled() => return,
            }
        }
    }

    /// How many processes one command may have.
    pub(super) fn most_processes(&self) -> u32 {
        self.settings.borrow().compute_processes
    }

    /// Why the session is no more, if so.
    fn end_of(&self, session: &Session) -> Option<EndReason> {
        match &*session.presence() {
            Presence::Ended(reason) => Some(*reason),
            Presence::Awake(_) | Presence::Asleep => None,
        }
    }
}

/// Whose share of the processes it is: the user's, or the session's own where there are no users.
pub fn user_of(session: &Session) -> &str {
    session.user_id.as_deref().unwrap_or(&session.id)
}
