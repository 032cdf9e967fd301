//! The task that owns one session: its worker, its socket, the order of its commands. Everything
//! else talks to it by message; it alone decides what the state is.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant as TokioInstant, sleep_until};

use super::lifecycle::{Activity, EndReason, Finished, Lifecycle, Running};
use super::records::Records;
use super::registry::Place;
use super::session::{CommandError, CommandRequest, EndRequest, Ended, Outcome, Session};
use super::start::Settings;
use crate::workers::{Answer, LinkError, Worker};

/// Commands after which a worker's memory is measured.
const MEMORY_HUNGRY: [&str; 2] = ["run_compute", "run_solver"];

/// How long commands may take, from the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a caller waits for the worker's answer.
    pub command: Duration,
    /// After how long without a command a session ends; none is never.
    pub idle: Option<Duration>,
}

/// The parts of a new session.
pub struct Owner {
    pub session: Arc<Session>,
    pub worker: Worker,
    pub settings: watch::Receiver<Settings>,
    pub ends: mpsc::Receiver<EndRequest>,
    pub activity: watch::Sender<Activity>,
    pub records: Records,
    pub place: Place,
}

/// Who waits for the running command.
struct Waiting {
    reply: oneshot::Sender<Result<Outcome, CommandError>>,
    request_id: String,
    deadline: Instant,
}

/// How the session came to its end.
pub struct End {
    reason: EndReason,
    cause: Option<String>,
    done: Option<oneshot::Sender<Ended>>,
}

impl End {
    /// Without anybody who waits for it.
    fn because(reason: EndReason) -> Self {
        Self { reason, cause: None, done: None }
    }

    fn died(cause: impl ToString) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::because(EndReason::ProcessDied) }
    }
}

/// More messages in a row than these that answer nothing, and the worker is not one of ours any more.
const UNEXPECTED_ANSWERS: u32 = 100;

/// How long the end of a process may take to be known after the end of its stream.
const CLOSED_BEFORE_ENDED: Duration = Duration::from_secs(5);

enum Event {
    Answer(Result<Answer, LinkError>),
    Command(CommandRequest),
    Deadline,
    /// The deadlines may be others now.
    Settings,
    Asked(EndRequest),
    End(End),
}

impl Owner {
    /// Runs until the session ends, then calls `unlist` (so that nobody finds it any more), ends
    /// the worker and tells those who wait.
    pub async fn run(mut self, unlist: impl FnOnce()) {
        let mut lifecycle = Lifecycle::new(Instant::now());
        let mut waiting = None;
        let mut unexpected = 0;
        let end = loop {
            match self.next_event(&lifecycle, waiting.as_ref()).await {
                Event::End(end) => break end,
                Event::Asked(request) => {
                    if let Some(end) = asked(&lifecycle, request) {
                        break end;
                    }
                }
                Event::Answer(Ok(answer)) => {
                    let expected = self.answered(&mut lifecycle, &mut waiting, answer);
                    unexpected = if expected { 0 } else { unexpected + 1 };
                    if unexpected > UNEXPECTED_ANSWERS {
                        break End::died("sent answers that nobody asked for");
                    }
                }
                Event::Answer(Err(LinkError::Closed)) => break self.closed().await,
                Event::Answer(Err(error)) => break End::died(error),
                Event::Command(request) => {
                    if let Err(error) = self.send(&mut lifecycle, &mut waiting, request) {
                        break End::died(error);
                    }
                }
                Event::Deadline => {
                    if let Some(end) = self.deadline(&mut lifecycle, &mut waiting) {
                        break end;
                    }
                }
                Event::Settings => {}
            }
        };
        let running = lifecycle.running().cloned();
        lifecycle.end(end.reason);
        unlist();
        self.finish(end, waiting, running).await;
    }

    async fn next_event(&mut self, lifecycle: &Lifecycle, waiting: Option<&Waiting>) -> Event {
        let mut exit = self.worker.exit();
        let idle_timeout = self.settings.borrow_and_update().timeouts.idle;
        let idle_deadline = lifecycle.idle_deadline(idle_timeout);
        let deadline = waiting.map(|waiting| waiting.deadline).or(idle_deadline);
        let can_take = lifecycle.is_idle() || lifecycle.overdue().is_some();
        tokio::select! {
            biased;
            request = self.ends.recv() => match request {
                Some(request) => Event::Asked(request),
                None => Event::End(End::because(EndReason::ServerShutdown)),
            },
            answer = self.worker.link.receive() => Event::Answer(answer),
            cause = exit.ended() => Event::End(End::died(cause)),
            request = self.session.commands.next(), if can_take => Event::Command(request),
            () = until(deadline) => Event::Deadline,
            Ok(()) = self.settings.changed() => Event::Settings,
        }
    }

    /// The worker has closed its stream: mostly it has died, and how says more.
    async fn closed(&self) -> End {
        let mut exit = self.worker.exit();
        match tokio::time::timeout(CLOSED_BEFORE_ENDED, exit.ended()).await {
            Ok(cause) => End::died(cause),
            Err(_elapsed) => End::died(LinkError::Closed),
        }
    }

    fn send(
        &mut self,
        lifecycle: &mut Lifecycle,
        waiting: &mut Option<Waiting>,
        request: CommandRequest,
    ) -> Result<(), LinkError> {
        let CommandRequest { body, name, request_id, reply } = request;
        // A command whose client left just before its turn is not carried out.
        if reply.is_closed() {
            return Ok(());
        }
        if let Some(running) = lifecycle.overdue() {
            let _ = reply.send(Ok(Outcome::Busy {
                command: running.command.clone(),
                since: running.since_wall,
                seconds: running.since.elapsed().as_secs(),
            }));
            return Ok(());
        }
        self.session.touch();
        let (since, since_wall) = (Instant::now(), SystemTime::now());
        let deadline = since + self.settings.borrow().timeouts.command;
        *waiting = Some(Waiting { reply, request_id, deadline });
        let id = self.worker.link.request(body)?;
        if lifecycle.begin(Running { id, command: name, since, since_wall }).is_ok() {
            self.publish(lifecycle);
        }
        Ok(())
    }

    /// Hands the answer to whoever waits for it; false when it is to no command that runs.
    fn answered(
        &mut self,
        lifecycle: &mut Lifecycle,
        waiting: &mut Option<Waiting>,
        answer: Answer,
    ) -> bool {
        let finished = lifecycle.finish(answer.id, Instant::now());
        if let Finished::InTime(running) | Finished::Late(running) = &finished {
            self.session.touch();
            self.publish(lifecycle);
            if MEMORY_HUNGRY.contains(&running.command.as_str()) {
                tokio::spawn(self.records.clone().sample_memory(self.session.clone()));
            }
        }
        let session = &self.session;
        match finished {
            Finished::InTime(running) => {
                let Running { command, since, since_wall, .. } = running;
                let result = if answer.success { Ok(()) } else { Err(&answer.error) };
                self.records.answered(session, &command, since_wall, since, result);
                if let Some(waiting) = waiting.take() {
                    log::debug!(
                        session = session.id.as_str(), command = command.as_str(),
                        request = waiting.request_id.as_str(), success = answer.success,
                        seconds = since.elapsed().as_secs_f64(); "{command} done"
                    );
                    let _ = waiting.reply.send(Ok(Outcome::Answered(answer.body)));
                }
            }
            Finished::Late(running) => log::info!(
                session = session.id.as_str(), command = running.command.as_str(),
                seconds = running.since.elapsed().as_secs_f64();
                "the answer to {} came after its caller was told that it timed out",
                running.command
            ),
            Finished::Unknown => return false,
        }
        true
    }

    /// The caller's patience is over, or the session was idle for long enough.
    fn deadline(
        &mut self,
        lifecycle: &mut Lifecycle,
        waiting: &mut Option<Waiting>,
    ) -> Option<End> {
        let Some(Waiting { reply, .. }) = waiting.take() else {
            return Some(End::because(EndReason::IdleTimeout));
        };
        lifecycle.timed_out();
        self.publish(lifecycle);
        let running = lifecycle.overdue()?;
        self.records.timed_out(&self.session, running);
        let command = running.command.clone();
        let _ = reply
            .send(Ok(Outcome::TimedOut { command, seconds: running.since.elapsed().as_secs() }));
        None
    }

    fn publish(&self, lifecycle: &Lifecycle) {
        if let Some(activity) = lifecycle.activity() {
            self.activity.send_replace(activity);
        }
    }

    async fn finish(mut self, end: End, waiting: Option<Waiting>, running: Option<Running>) {
        let End { reason, cause, done } = end;
        self.ends.close();
        let last_words = self.worker.last_words();
        let cause = cause.map(|cause| cause + &last_words);
        let id = self.session.id.as_str();
        match &cause {
            Some(cause) => {
                log::error!(session = id, pid = self.session.pid; "session ended: its worker died ({cause})");
            }
            None => log::info!(session = id; "session ended: {}", reason.as_str()),
        }
        let error = || match &cause {
            Some(cause) => CommandError::WorkerDied { cause: cause.clone() },
            None => CommandError::Ended(reason),
        };
        if let Some(waiting) = waiting {
            if let Some(running) = &running {
                self.records.interrupted(&self.session, running, &error());
            }
            let _ = waiting.reply.send(Err(error()));
        }
        for request in self.session.commands.close() {
            let _ = request.reply.send(Err(error()));
        }
        let exit = self.worker.end().await;
        log::debug!(session = id; "the worker {exit}");
        self.records.ended(&self.session, reason, cause);
        // Whoever is told of the end may start the next session.
        drop(self.place);
        if let Some(done) = done {
            let _ = done.send(Ended::Gone);
        }
        while let Some(request) = self.ends.recv().await {
            let _ = request.done.send(Ended::Gone);
        }
    }
}

/// Whether the session ends as it was asked to; who asked hears of it either way.
fn asked(lifecycle: &Lifecycle, request: EndRequest) -> Option<End> {
    let EndRequest { reason, idle_for, done } = request;
    if idle_for.is_none_or(|idle_for| lifecycle.idle_for(idle_for, Instant::now())) {
        return Some(End { done: Some(done), ..End::because(reason) });
    }
    let _ = done.send(Ended::InUse);
    None
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(TokioInstant::from_std(deadline)).await,
        None => std::future::pending().await,
    }
}
