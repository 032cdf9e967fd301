//! A long command of a session: it waits for a process, runs beside what only reads, can be
//! cancelled, and is over when its result is kept.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use super::command::{CommandError, CommandRequest, Outcome};
use super::deaths::{Fingerprint, fingerprint};
use super::jobs::user_of;
use super::leaving::Exit;
use super::lifecycle::Running;
use super::serving::{Serving, Waiting};
use crate::jobs::{CANCELLED, Job, Jobs};
use crate::shares::Ticket;
use crate::workers::Answer;

/// A worker that has not ended a cancelled command after this is ended itself.
const ENDS_WITHIN: Duration = Duration::from_millis(900);

/// Reports of a command in a second: a worker sends ten.
const MOST_REPORTS: u32 = 200;

/// The long command of a session, if there is one.
pub struct Long {
    pub job: Arc<Job>,
    pub ticket: Ticket,
    /// Who waits for it.
    pub waiting: Option<Waiting>,
    pub stage: Stage,
    pub fingerprint: Option<Fingerprint>,
    /// It was cancelled, and the worker has until then.
    pub ends_by: Option<Instant>,
    /// Reports since then.
    pub reports: (Instant, u32),
}

/// Where a long command is.
pub enum Stage {
    /// It has no process yet.
    Queued(Bytes),
    /// The worker has it.
    Running(Running),
}

impl Long {
    /// The request to the worker, once it was sent.
    pub fn running(&self) -> Option<&Running> {
        match &self.stage {
            Stage::Running(running) => Some(running),
            Stage::Queued(_) => None,
        }
    }

    /// Counts a report; whether there are more than any worker of ours sends.
    fn is_flooding(&mut self) -> bool {
        let (since, count) = &mut self.reports;
        if since.elapsed() > Duration::from_secs(1) {
            (*since, *count) = (Instant::now(), 0);
        }
        *count += 1;
        *count > MOST_REPORTS
    }

    /// Whether nobody wants it any more and nothing was begun.
    async fn given_up(waiting: &mut Option<Waiting>) {
        match waiting {
            Some(waiting) => waiting.reply.closed().await,
            None => std::future::pending().await,
        }
    }

    /// What happens to it next, apart from its answer.
    pub async fn next(&mut self) -> LongEvent {
        let is_queued = matches!(self.stage, Stage::Queued(_));
        tokio::select! {
            biased;
            () = self.job.cancel.cancelled(), if self.ends_by.is_none() => LongEvent::Cancelled,
            () = Self::given_up(&mut self.waiting), if is_queued && !self.job.is_submitted() => {
                LongEvent::GivenUp
            }
            count = self.ticket.changed() => LongEvent::Allowed(count),
        }
    }
}

/// What happens to a long command.
pub enum LongEvent {
    Cancelled,
    /// Its caller has left before it was begun.
    GivenUp,
    /// It may keep so many processes busy.
    Allowed(u32),
}

impl Serving<'_> {
    /// A long command whose caller waits: it is begun when it may have a process.
    pub(super) async fn take_long(&mut self, request: CommandRequest) -> Option<Exit> {
        let CommandRequest { body, request_id, reply, job, deadline, .. } = request;
        let job = job?.claim();
        if job.is_over() {
            let _ = reply.send(Ok(cancelled()));
            return None;
        }
        let sessions = &self.owner.sessions;
        let ticket = sessions.shares.enter(user_of(&self.owner.session), sessions.most_processes());
        let waiting = Some(Waiting { reply, request_id, deadline });
        self.stand_by(job, ticket, waiting, body).await
    }

    /// The first job in the session's line, which may have a process.
    pub(super) async fn take_job(&mut self, job: Arc<Job>, ticket: Ticket) -> Option<Exit> {
        match self.owner.sessions.jobs.body(&job).await {
            Ok(Some(body)) => self.stand_by(job, ticket, None, body).await,
            Ok(None) => {
                // It was ended a moment ago.
                self.owner.session.line.over();
                None
            }
            Err(error) => {
                let why = format!("the command of the job cannot be read: {error}");
                self.owner.sessions.jobs.fail(&job, &why).await;
                self.owner.session.line.over();
                None
            }
        }
    }

    async fn stand_by(
        &mut self,
        job: Arc<Job>,
        ticket: Ticket,
        waiting: Option<Waiting>,
        body: Bytes,
    ) -> Option<Exit> {
        self.portable.gives_way();
        self.owner.session.line.busy();
        let fingerprint = self.owner.keeper.is_keeping().then(|| fingerprint(&body));
        let count = ticket.count();
        let stage = Stage::Queued(body);
        let (ends_by, reports) = (None, (Instant::now(), 0));
        self.long = Some(Long { job, ticket, waiting, stage, fingerprint, ends_by, reports });
        self.lifecycle.begin_long();
        self.publish();
        if count > 0 { self.allowed(count).await } else { None }
    }

    pub(super) async fn of_long(&mut self, event: LongEvent) -> Option<Exit> {
        match event {
            LongEvent::Allowed(count) => self.allowed(count).await,
            LongEvent::GivenUp => {
                if let Some(long) = self.end_long() {
                    self.owner.sessions.jobs.forget(&long.job);
                }
                None
            }
            LongEvent::Cancelled => self.cancel_long(),
        }
    }

    /// Begins the command, or tells the worker how many processes it may keep busy.
    async fn allowed(&mut self, count: u32) -> Option<Exit> {
        let long = self.long.as_mut()?;
        let link = &mut self.life.worker.link;
        let body = match &mut long.stage {
            Stage::Running(running) => {
                long.job.allow(count);
                let allowed = link.allow(running.id, count);
                return allowed.err().map(|error| Exit::Died(error.to_string()));
            }
            Stage::Queued(_) if count == 0 => return None,
            Stage::Queued(body) => std::mem::take(body),
        };
        match self.owner.sessions.jobs.begin(&long.job).await {
            Ok(true) => {}
            Ok(false) => return self.cancel_long(),
            Err(error) => {
                let cause = error.to_string();
                let long = self.end_long()?;
                self.owner.sessions.jobs.fail(&long.job, &cause).await;
                if let Some(waiting) = long.waiting {
                    let _ = waiting.reply.send(Err(CommandError::NotKept { cause }));
                }
                return None;
            }
        }
        self.owner.keeper.used();
        let (since, since_wall) = (Instant::now(), SystemTime::now());
        let command = long.job.command.clone();
        let sent = link.request(body).and_then(|id| link.allow(id, count).map(|()| id));
        long.job.allow(count);
        match sent {
            Ok(id) => {
                long.stage = Stage::Running(Running { id, command, since, since_wall });
                self.publish();
                None
            }
            Err(error) => Some(Exit::Died(error.to_string())),
        }
    }

    fn cancel_long(&mut self) -> Option<Exit> {
        let long = self.long.as_mut()?;
        if let Stage::Running(running) = &long.stage {
            long.ends_by = Some(Instant::now() + ENDS_WITHIN);
            let asked = self.life.worker.link.cancel(running.id);
            return asked.err().map(|error| Exit::Died(error.to_string()));
        }
        // Who cancelled it keeps its end.
        if let Some(waiting) = self.end_long()?.waiting {
            let _ = waiting.reply.send(Ok(cancelled()));
        }
        None
    }

    /// The answer to the long command, or a word on the way to it.
    pub(super) async fn answered_long(&mut self, mut answer: Answer) -> Option<Exit> {
        if let Some(report) = answer.progress.take() {
            let long = self.long.as_mut()?;
            long.job.report(report);
            let why = "tells how far it is without end";
            return long.is_flooding().then(|| Exit::Died(why.to_owned()));
        }
        let mut long = self.long.take()?;
        let Stage::Running(running) = &long.stage else { return None };
        let jobs = self.owner.sessions.jobs.clone();
        let error = answer.error.as_deref();
        let end = jobs.ends(&long.job, answer.success, error, &answer.body);
        let keeper = &self.owner.keeper;
        let (state, lost) = (answer.state.take(), answer.state_error.as_deref());
        let (brought, end) = match keeper.keep_with_job(state, lost, &long.job, end).await {
            Ok(kept) => kept,
            Err(cause) => {
                jobs.not_ended(&long.job);
                let why = format!("The change was not made, for it could not be kept: {cause}");
                jobs.fail(&long.job, &why).await;
                self.not_kept(running, long.waiting.take(), &cause);
                self.owner.session.line.over();
                return Some(Exit::NotKept);
            }
        };
        self.brought(brought);
        self.owner.keeper.survived(long.fingerprint).await;
        self.owner.keeper.used();
        let session = self.owner.session.clone();
        let records = &self.owner.sessions.records;
        tokio::spawn(records.clone().sample_memory(session.clone()));
        let result = if answer.success { Ok(()) } else { Err(&answer.error) };
        records.answered(&session, &running.command, running.since_wall, running.since, result);
        if let Some(end) = end {
            jobs.told(&long.job, &end);
        }
        if let Some(waiting) = long.waiting.take() {
            let _ = waiting.reply.send(Ok(Outcome::Answered(answer.body)));
        }
        // Its processes are free before the next one asks for some.
        drop(long);
        self.lifecycle.end_long(Instant::now());
        self.publish();
        self.owner.session.line.over();
        None
    }

    /// The caller of the long command waits no longer, or the worker has had its time to end it.
    pub(super) async fn long_deadline(&mut self, now: Instant) -> Option<Exit> {
        let long = self.long.as_mut()?;
        if long.ends_by.is_some_and(|by| by <= now) && self.owner.keeper.is_keeping() {
            return Some(Exit::Stubborn);
        }
        let is_over = long.waiting.as_ref().is_some_and(|waiting| waiting.deadline <= now);
        if !is_over {
            return None;
        }
        let waiting = long.waiting.take()?;
        let jobs = &self.owner.sessions.jobs;
        let adopted = match &long.stage {
            Stage::Queued(body) => jobs.adopt(&long.job, body.clone(), usize::MAX).await.is_ok(),
            Stage::Running(_) => false,
        };
        if !adopted {
            jobs.note(&long.job).await;
        }
        if let Some(running) = long.running() {
            self.owner.sessions.records.timed_out(&self.owner.session, running);
        }
        let seconds = long.running().map_or(0, |running| running.since.elapsed().as_secs());
        let _ = waiting.reply.send(Ok(Outcome::TimedOut {
            command: long.job.command.clone(),
            seconds,
            job: Some(long.job.id.clone()),
        }));
        None
    }

    /// When the long command has something to do.
    pub(super) fn long_due(&self) -> Option<Instant> {
        let long = self.long.as_ref()?;
        let kept = self.owner.keeper.is_keeping();
        let patience = long.waiting.as_ref().map(|waiting| waiting.deadline);
        [patience, long.ends_by.filter(|_| kept)].into_iter().flatten().min()
    }

    fn end_long(&mut self) -> Option<Long> {
        let long = self.long.take()?;
        self.lifecycle.end_long(Instant::now());
        self.publish();
        self.owner.session.line.over();
        Some(long)
    }
}

/// The answer to a command that was cancelled before the worker had it.
pub fn cancelled() -> Outcome {
    let text = format!("{{\"success\":false,\"error\":\"{CANCELLED}\"}}");
    Outcome::Answered(Bytes::from(text))
}

/// A job that stands for a command whose caller waits; dropped before it is begun it is no job.
#[derive(Debug)]
pub struct Accompanying {
    job: Arc<Job>,
    jobs: Jobs,
    is_claimed: bool,
}

impl Accompanying {
    pub fn new(job: Arc<Job>, jobs: Jobs) -> Self {
        Self { job, jobs, is_claimed: false }
    }

    /// The job.
    pub fn job(&self) -> Arc<Job> {
        self.job.clone()
    }

    /// It is its owner's matter from now on.
    pub fn claim(mut self) -> Arc<Job> {
        self.is_claimed = true;
        self.job.clone()
    }
}

impl Drop for Accompanying {
    fn drop(&mut self) {
        if !self.is_claimed {
            self.jobs.forget(&self.job);
        }
    }
}
