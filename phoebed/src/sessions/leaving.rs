//! How a session leaves its worker: who waits is told, the worker ends, and what it was is noted.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::command::{CommandError, CommandKind, CommandRequest};
use super::deaths::Fingerprint;
use super::left_behind::LeftBehind;
use super::lifecycle::{EndReason, Running};
use super::long::Long;
use super::owner::{Asked, End, Left, Life, Owner};
use super::portable::AskedBy;
use super::serving::Waiting;

/// Why a session leaves its worker.
pub enum Exit {
    /// For good, or for a stop of the daemon.
    End(EndReason, Option<oneshot::Sender<Asked>>),
    /// Until the next command.
    Sleep(AskedBy),
    /// It died, of this.
    Died(String),
    /// It is ahead of what is kept.
    NotKept,
    /// It does not end a command that was cancelled.
    Stubborn,
}

/// A session and the worker that it leaves.
pub struct Leaving<'a> {
    pub owner: &'a mut Owner,
    pub life: Life,
    /// The command that runs.
    pub running: Option<Running>,
    /// Who waits for it; nobody when it is overdue.
    pub waiting: Option<Waiting>,
    /// Its body, if it only reads beside a long one.
    pub read: Option<Bytes>,
    pub fingerprint: Option<Fingerprint>,
    /// The long command that runs or is to run.
    pub long: Option<Long>,
}

impl Leaving<'_> {
    /// Resolves when the worker is gone and its port free. All of `asked` are told when the session
    /// has ended or sleeps.
    pub async fn leave(mut self, exit: Exit, asked: AskedBy) -> Left {
        let id = self.owner.session.id.clone();
        let is_kept = self.owner.keeper.is_keeping();
        let mut asked = asked;
        match exit {
            Exit::End(reason @ EndReason::ServerShutdown, done) if is_kept => {
                asked.extend(done);
                self.interrupt(&CommandError::Ended(reason));
                self.leave_long(LeftBehind::Stopped(CommandError::Ended(reason))).await;
                self.owner.refuse(reason, None);
                log::info!(session = id.as_str(); "session hibernates: the daemon stops");
            }
            Exit::End(reason, done) => {
                // From now on nobody finds it.
                self.owner.sessions.unlist(&id);
                log::info!(session = id.as_str(); "session ended: {}", reason.as_str());
                self.interrupt(&CommandError::Ended(reason));
                self.leave_long(LeftBehind::Ended(CommandError::Ended(reason))).await;
                self.owner.refuse(reason, None);
                self.end_worker().await;
                tell(asked);
                return Left::Ended(End { reason, cause: None, done });
            }
            Exit::Died(cause) => {
                let cause = self.describe(cause);
                if !is_kept {
                    return self.end_with_worker(cause, asked).await;
                }
                let (pid, cause) = (self.life.worker.pid(), cause.as_str());
                log::error!(session = id.as_str(), pid; "the session's worker died ({cause})");
                let long = self.long.as_ref().filter(|long| long.running().is_some());
                let deadly = match long {
                    // What ran beside it only read.
                    Some(long) => long.fingerprint,
                    None => self.fingerprint.filter(|_| self.running.is_some()),
                };
                self.owner.keeper.died(cause, deadly).await;
                let error = CommandError::WorkerDied { cause: cause.to_owned() };
                self.interrupt(&error);
                self.leave_long(LeftBehind::Died(error)).await;
            }
            Exit::Sleep(by) => {
                asked.extend(by);
                log::info!(session = id.as_str(); "session hibernates");
            }
            Exit::NotKept => {
                let cause = "what was read before could not be kept".to_owned();
                let error = CommandError::NotKept { cause };
                self.read_again();
                self.interrupt(&error);
                self.leave_long(LeftBehind::Died(error)).await;
            }
            Exit::Stubborn => {
                log::warn!(
                    session = id.as_str();
                    "a worker that did not end a cancelled command is ended; the session goes on"
                );
                self.read_again();
                self.leave_long(LeftBehind::Cancelled).await;
            }
        }
        self.owner.sessions.records.hibernated(&self.owner.session);
        self.owner.session.line.over();
        self.end_worker().await;
        Left::ToSleep(asked)
    }

    /// Nothing of the session is kept: it ends with its worker.
    async fn end_with_worker(mut self, cause: String, asked: AskedBy) -> Left {
        let session = &self.owner.session;
        self.owner.sessions.unlist(&session.id);
        log::error!(
            session = session.id.as_str(), pid = self.life.worker.pid();
            "session ended: its worker died ({cause})"
        );
        let error = CommandError::SessionDied { cause: cause.clone() };
        self.interrupt(&error);
        self.leave_long(LeftBehind::Died(error)).await;
        self.owner.refuse(EndReason::ProcessDied, Some(&cause));
        self.end_worker().await;
        tell(asked);
        Left::Ended(End { reason: EndReason::ProcessDied, cause: Some(cause), done: None })
    }

    /// How the worker died, with what it took and what it wrote last.
    fn describe(&self, cause: String) -> String {
        let memory = self.life.worker.memory.last();
        let memory = memory.map(|mib| format!("; its memory when last measured: {mib:.0} MiB"));
        cause + &memory.unwrap_or_default() + &self.life.worker.last_words()
    }

    async fn leave_long(&mut self, how: LeftBehind) {
        if let Some(long) = self.long.take() {
            long.left_behind(self.owner, how).await;
        }
    }

    /// Tells who waits for the running command.
    fn interrupt(&mut self, error: &CommandError) {
        let Some(waiting) = self.waiting.take() else { return };
        if let Some(running) = &self.running {
            self.owner.sessions.records.interrupted(&self.owner.session, running, error);
        }
        let _ = waiting.reply.send(Err(error.clone()));
    }

    /// What the worker was reading changes nothing: the next worker reads it, before all else.
    fn read_again(&mut self) {
        let (Some(running), Some(body)) = (&self.running, self.read.take()) else { return };
        let Some(Waiting { reply, request_id, deadline }) = self.waiting.take() else { return };
        let (name, kind, turn, job) = (running.command.clone(), CommandKind::Read, 0, None);
        let request = CommandRequest { body, name, request_id, deadline, kind, turn, job, reply };
        if let Err(request) = self.owner.awake.commands.put_back(request) {
            let _ = request.reply.send(Err(CommandError::Cancelled));
        }
    }

    async fn end_worker(self) {
        // Its place is free then too: whoever is told may start the next session.
        let Life { worker, place: _place, .. } = self.life;
        *self.owner.awake.worker() = None;
        let exit = worker.end().await;
        log::debug!(session = self.owner.session.id.as_str(); "the worker {exit}");
    }
}

fn tell(asked: AskedBy) {
    for done in asked {
        let _ = done.send(Asked::Done);
    }
}
