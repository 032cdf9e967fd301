//! A session with a worker: the order of its commands, and when the worker goes.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{Instant as TokioInstant, sleep_until, timeout};

use super::command::{CommandError, CommandKind, CommandRequest, Outcome};
use super::deaths::{Fingerprint, fingerprint};
use super::keeping::Brought;
use super::leaving::{Exit, Leaving};
use super::lifecycle::{Activity, EndReason, Finished, Lifecycle, Running};
use super::long::{Long, LongEvent};
use super::owner::{Ask, Asked, Left, Life, Owner, What};
use super::portable::Portable;
use super::turns::{Next, next};
use crate::jobs::Job;
use crate::workers::{Answer, ExitCause, LinkError};

/// More messages in a row than these that answer nothing, and the worker is not one of ours any more.
const UNEXPECTED_ANSWERS: u32 = 100;
/// How long the end of a process may take to be known after the end of its stream.
pub(super) const CLOSED_BEFORE_ENDED: Duration = Duration::from_secs(5);

/// How long commands may take, from the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a caller waits for the worker's answer.
    pub command: Duration,
    /// After how long without a command a session hibernates or ends; none is never.
    pub idle: Option<Duration>,
}

/// One life of a session's worker.
pub struct Serving<'a> {
    pub(super) owner: &'a mut Owner,
    pub(super) life: Life,
    pub(super) lifecycle: Lifecycle,
    /// What computes, beside which the others only read.
    pub(super) long: Option<Long>,
    waiting: Option<Waiting>,
    /// The body of the command that runs, if it only reads beside a long one.
    read: Option<Bytes>,
    /// Of the command that runs, where deaths are counted.
    fingerprint: Option<Fingerprint>,
    unexpected: u32,
    pub(super) portable: Portable,
}

/// Who waits for the running command.
pub struct Waiting {
    pub reply: oneshot::Sender<Result<Outcome, CommandError>>,
    pub request_id: String,
    pub deadline: Instant,
}

enum Event {
    Answer(Result<Answer, LinkError>),
    Died(ExitCause),
    Next(Next),
    Long(LongEvent),
    Deadline,
    /// The deadlines may be others now.
    Settings,
    Asked(Ask),
}

impl<'a> Serving<'a> {
    /// The session has this worker.
    pub fn new(owner: &'a mut Owner, life: Life) -> Self {
        let portable = Portable::new(life.portable_is_old);
        let lifecycle = Lifecycle::new(Instant::now());
        let (long, waiting, read, fingerprint, unexpected) = (None, None, None, None, 0);
        Self { owner, life, lifecycle, long, waiting, read, fingerprint, unexpected, portable }
    }

    /// Runs until the session leaves its worker; then that is gone and its port free.
    pub async fn run(mut self) -> Left {
        self.publish();
        let exit = loop {
            let exit = match self.next_event().await {
                Event::Asked(ask) => self.asked(ask),
                Event::Answer(Ok(answer)) => self.answered(answer).await,
                Event::Answer(Err(LinkError::Closed)) => Some(Exit::Died(self.closed().await)),
                Event::Answer(Err(error)) => Some(Exit::Died(error.to_string())),
                Event::Died(cause) => Some(Exit::Died(cause.to_string())),
                Event::Next(Next::Command(request)) => self.take(request).await,
                Event::Next(Next::Job(job, ticket)) => self.take_job(job, ticket).await,
                Event::Long(event) => self.of_long(event).await,
                Event::Deadline => self.deadline().await,
                Event::Settings => None,
            };
            if let Some(exit) = exit {
                break exit;
            }
        };
        let running = self.lifecycle.running().cloned();
        let Self { owner, life, waiting, read, fingerprint, mut portable, long, .. } = self;
        let asked = portable.let_go();
        Leaving { owner, life, running, waiting, read, fingerprint, long }.leave(exit, asked).await
    }

    async fn next_event(&mut self) -> Event {
        let mut exit = self.life.worker.exit();
        let (idle_timeout, refuses) = {
            let settings = self.owner.settings.borrow_and_update();
            (settings.timeouts.idle, settings.refuses_while_busy)
        };
        let of_short = match &self.waiting {
            Some(waiting) => Some(waiting.deadline),
            None => self.portable.deadline(&self.lifecycle, idle_timeout),
        };
        let deadline = [of_short, self.long_due()].into_iter().flatten().min();
        let is_overdue = self.lifecycle.overdue().is_some();
        let can_take = self.lifecycle.is_idle() || is_overdue;
        let line = (!is_overdue).then_some(&self.owner.session.line);
        let next = next(&self.owner.awake.commands, line, self.long.is_some(), refuses);
        let of_long = async {
            match &mut self.long {
                Some(long) => long.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(ask) = self.owner.asks.recv() => Event::Asked(ask),
            answer = self.life.worker.link.receive() => Event::Answer(answer),
            cause = exit.ended() => Event::Died(cause),
            event = of_long => Event::Long(event),
            next = next, if can_take => Event::Next(next),
            () = until(deadline) => Event::Deadline,
            Ok(()) = self.owner.settings.changed() => Event::Settings,
        }
    }

    fn asked(&mut self, Ask { what, idle_for, done }: Ask) -> Option<Exit> {
        let is_idle = |least| self.lifecycle.idle_for(least, Instant::now());
        let waits = self.owner.awake.commands.count() > 0;
        match (what, idle_for) {
            (_, Some(least)) if !is_idle(least) || waits => {
                let _ = done.send(Asked::InUse);
                None
            }
            (What::End(reason), _) => Some(Exit::End(reason, Some(done))),
            (What::Hibernate, _) => self.fall_asleep(Some(done)),
        }
    }

    /// Sleeps at once, or when what is kept for any engine is up to date.
    fn fall_asleep(&mut self, done: Option<oneshot::Sender<Asked>>) -> Option<Exit> {
        let link = &mut self.life.worker.link;
        match self.portable.fall_asleep(link, done) {
            Ok(None) => None,
            Ok(Some(asked)) => Some(Exit::Sleep(asked)),
            Err(error) => Some(Exit::Died(error.to_string())),
        }
    }

    /// The worker has closed its stream: mostly it has died, and how says more.
    async fn closed(&self) -> String {
        let mut exit = self.life.worker.exit();
        match timeout(CLOSED_BEFORE_ENDED, exit.ended()).await {
            Ok(cause) => cause.to_string(),
            Err(_elapsed) => LinkError::Closed.to_string(),
        }
    }

    async fn take(&mut self, request: CommandRequest) -> Option<Exit> {
        if self.lifecycle.overdue().is_none() {
            match (&self.long, request.kind) {
                (_, CommandKind::Read) => {}
                (Some(long), _) => return while_busy(request, &long.job),
                (None, kind) => {
                    let refuses = self.owner.settings.borrow().refuses_while_busy;
                    let waits = refuses.then(|| self.owner.session.line.waits()).flatten();
                    if let Some((turn, job)) = waits
                        && turn < request.turn
                    {
                        return while_busy(request, &job);
                    }
                    if kind == CommandKind::Long {
                        return self.take_long(request).await;
                    }
                }
            }
        }
        self.send(request)
    }

    fn send(&mut self, request: CommandRequest) -> Option<Exit> {
        // A command whose client left just before its turn is not carried out.
        if request.reply.is_closed() {
            return None;
        }
        if let Some(running) = self.lifecycle.overdue() {
            let _ = request.reply.send(Ok(Outcome::Busy {
                command: running.command.clone(),
                since: running.since_wall,
                seconds: running.since.elapsed().as_secs(),
            }));
            return None;
        }
        self.portable.gives_way();
        self.owner.keeper.used();
        let (since, since_wall) = (Instant::now(), SystemTime::now());
        let CommandRequest { body, name, request_id, reply, deadline, kind, .. } = request;
        self.waiting = Some(Waiting { reply, request_id, deadline });
        self.fingerprint = self.owner.keeper.is_keeping().then(|| fingerprint(&body));
        self.read = self.long.is_some().then(|| body.clone());
        if kind == CommandKind::Change {
            self.owner.session.line.busy();
        }
        match self.request(body) {
            Ok(id) => {
                let running = Running { id, command: name, since, since_wall };
                if self.lifecycle.begin(running).is_ok() {
                    self.publish();
                }
                None
            }
            Err(error) => Some(Exit::Died(error.to_string())),
        }
    }

    fn request(&mut self, body: Bytes) -> Result<u64, LinkError> {
        self.life.worker.link.request(body)
    }

    /// Keeps what the answer has brought, then hands it to whoever waits for it.
    async fn answered(&mut self, mut answer: Answer) -> Option<Exit> {
        if self.long.as_ref().and_then(Long::running).is_some_and(|it| it.id == answer.id) {
            return self.answered_long(answer).await;
        }
        if answer.progress.is_some() {
            return self.unexpected();
        }
        if self.portable.is_awaited(answer.id) {
            let keeper = &self.owner.keeper;
            let asked = self.portable.came(answer, keeper).await?;
            return Some(Exit::Sleep(asked));
        }
        let finished = self.lifecycle.finish(answer.id, Instant::now());
        let (running, is_late) = match finished {
            Finished::InTime(running) => (running, false),
            Finished::Late(running) => (running, true),
            Finished::Unknown => {
                return self.unexpected();
            }
        };
        self.unexpected = 0;
        if self.long.is_none() {
            self.owner.session.line.over();
        }
        let kept = self.owner.keeper.keep(answer.state.take(), answer.state_error.as_deref());
        match kept.await {
            Ok(brought) => self.brought(brought),
            Err(cause) => {
                let waiting = self.waiting.take();
                self.not_kept(&running, waiting, &cause);
                return Some(Exit::NotKept);
            }
        }
        self.owner.keeper.survived(self.fingerprint).await;
        self.owner.keeper.used();
        self.publish();
        let session = &self.owner.session;
        let records = &self.owner.sessions.records;
        let Running { command, since, since_wall, .. } = running;
        if is_late {
            log::info!(
                session = session.id.as_str(), command = command.as_str(),
                seconds = since.elapsed().as_secs_f64();
                "the answer to {command} came after its caller was told that it timed out"
            );
            return None;
        }
        let result = if answer.success { Ok(()) } else { Err(&answer.error) };
        records.answered(session, &command, since_wall, since, result);
        if let Some(waiting) = self.waiting.take() {
            log::debug!(
                session = session.id.as_str(), command = command.as_str(),
                request = waiting.request_id.as_str(), success = answer.success,
                seconds = since.elapsed().as_secs_f64(); "{command} done"
            );
            let _ = waiting.reply.send(Ok(Outcome::Answered(answer.body)));
        }
        None
    }

    /// Something came that nobody asked for.
    fn unexpected(&mut self) -> Option<Exit> {
        self.unexpected += 1;
        let too_many = self.unexpected > UNEXPECTED_ANSWERS;
        let why = "sent answers that nobody asked for";
        too_many.then(|| Exit::Died(why.to_owned()))
    }

    pub(super) fn brought(&mut self, brought: Brought) {
        match brought {
            Brought::Whole => self.portable.is_old(),
            Brought::Entry | Brought::Nothing => {}
        }
    }

    pub(super) fn not_kept(&self, running: &Running, waiting: Option<Waiting>, cause: &str) {
        let session = &self.owner.session;
        log::error!(
            session = session.id.as_str(), command = running.command.as_str();
            "a change could not be kept and is undone: {cause}"
        );
        let error = CommandError::NotKept { cause: cause.to_owned() };
        if let Some(waiting) = waiting {
            self.owner.sessions.records.interrupted(session, running, &error);
            let _ = waiting.reply.send(Err(error));
        }
    }

    /// The caller's patience is over, or the session was idle for long enough for something.
    async fn deadline(&mut self) -> Option<Exit> {
        let now = Instant::now();
        if self.long_due().is_some_and(|due| due <= now) {
            return self.long_deadline(now).await;
        }
        if self.waiting.as_ref().is_some_and(|waiting| waiting.deadline > now) {
            return None;
        }
        let Some(Waiting { reply, .. }) = self.waiting.take() else { return self.idle() };
        self.lifecycle.timed_out();
        self.publish();
        let running = self.lifecycle.overdue()?;
        self.owner.sessions.records.timed_out(&self.owner.session, running);
        let command = running.command.clone();
        let _ = reply.send(Ok(Outcome::TimedOut {
            command,
            seconds: running.since.elapsed().as_secs(),
            job: None,
        }));
        None
    }

    fn idle(&mut self) -> Option<Exit> {
        if let Some(asked) = self.portable.gave_up(&self.owner.keeper) {
            return Some(Exit::Sleep(asked));
        }
        let (timeout, hibernates) = {
            let settings = self.owner.settings.borrow();
            (settings.timeouts.idle, settings.hibernates && self.owner.keeper.is_keeping())
        };
        let is_over =
            timeout.is_some_and(|timeout| self.lifecycle.idle_for(timeout, Instant::now()));
        if is_over && !hibernates && self.owner.session.line.count() > 0 {
            // Its jobs wait for a process: it is as good as busy.
            self.lifecycle.used(Instant::now());
            return None;
        }
        if is_over {
            return if hibernates {
                self.fall_asleep(None)
            } else {
                Some(Exit::End(EndReason::IdleTimeout, None))
            };
        }
        let turns = &self.owner.sessions.portable_turns;
        match self.portable.ask(&mut self.life.worker.link, turns) {
            Ok(()) => None,
            Err(error) => Some(Exit::Died(error.to_string())),
        }
    }

    pub(super) fn publish(&self) {
        let activity = match self.long.as_ref().and_then(Long::running) {
            Some(running) => Activity::Running {
                command: running.command.clone(),
                since: running.since_wall,
                overdue: false,
            },
            None => self.lifecycle.activity(),
        };
        self.owner.activity.send_replace(activity);
    }
}

/// Refuses a change, for this job comes first.
fn while_busy(request: CommandRequest, job: &Job) -> Option<Exit> {
    let (command, job) = (job.command.clone(), job.id.clone());
    let _ = request.reply.send(Err(CommandError::WhileBusy { command, job }));
    None
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(TokioInstant::from_std(deadline)).await,
        None => std::future::pending().await,
    }
}
