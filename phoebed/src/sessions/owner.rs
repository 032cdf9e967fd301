//! The task that owns one session while it is awake: from the first command after its sleep (or its
//! start) until it sleeps again or ends. It alone decides what the session is.
//!
//! ```text
//!   start ─▶ serving ──────── idle, asked, worker dead, change not kept ───▶ asleep (no task)
//!              ▲  └── end ──▶ ended                                             │
//!              └──────────────── waking ◀──────────────── a command ◀────────────┘
//! ```
//!
//! Where nothing is kept (durability none), a session that would sleep ends instead.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::command::CommandError;
use super::keeping::Keeper;
use super::lifecycle::{Activity, EndReason};
use super::portable::AskedBy;
use super::registry::{Place, Sessions};
use super::serving::Serving;
use super::session::{Awake, Presence, Session, WorkerFacts};
use super::start::Settings;
use super::waiting::Queue;
use crate::workers::Worker;

/// Messages that may wait for an owner; who asks waits for room.
const ASKS: usize = 8;

/// A request to the owner.
#[derive(Debug)]
pub struct Ask {
    pub what: What,
    /// Only if it has been idle for so long.
    pub idle_for: Option<Duration>,
    pub done: oneshot::Sender<Asked>,
}

/// What is asked of the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The end of the session.
    End(EndReason),
    /// To free its worker.
    Hibernate,
}

/// What came of a request to the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The worker's process is gone and its port free.
    Done,
    /// It has not been idle for long enough.
    InUse,
    /// What is kept of it could not be removed: it goes on, asleep.
    NotEnded,
}

/// A worker that is a session's, with the place that it takes of its user's.
#[derive(Debug)]
pub struct Life {
    pub worker: Worker,
    pub place: Place,
    /// What is kept for any engine is older than what is kept for this one.
    pub portable_is_old: bool,
}

/// The task's parts.
pub struct Owner {
    pub sessions: Sessions,
    pub session: Arc<Session>,
    pub awake: Arc<Awake>,
    pub settings: watch::Receiver<Settings>,
    pub asks: mpsc::Receiver<Ask>,
    pub activity: watch::Sender<Activity>,
    pub keeper: Keeper,
}

/// How a session left its worker behind.
#[derive(Debug)]
pub enum Left {
    /// The next command wakes it; these are told when it sleeps.
    ToSleep(AskedBy),
    /// For good.
    Ended(End),
}

/// The end of a session.
#[derive(Debug)]
pub struct End {
    pub reason: EndReason,
    /// More about it.
    pub cause: Option<String>,
    /// Who asked for it.
    pub done: Option<oneshot::Sender<Asked>>,
}

/// What became of an attempt to wake.
enum Woken {
    Up(Box<Life>),
    Failed(CommandError),
    /// The daemon stops: the session goes on sleeping.
    Stopped(oneshot::Sender<Asked>),
    End(End),
}

/// What a session that would sleep does.
enum Next {
    Sleep,
    /// Commands wait.
    Wake,
    End(End),
}

impl Sessions {
    /// Starts the task of a session, which the caller has locked; without a worker it wakes first.
    pub(super) fn awaken(&self, session: &Arc<Session>, life: Option<Life>) -> Arc<Awake> {
        let (asks_sender, asks) = mpsc::channel(ASKS);
        let (activity, activity_watch) = watch::channel(Activity::Waking);
        let awake = Arc::new(Awake {
            activity: activity_watch,
            commands: Queue::default(),
            asks: asks_sender,
            worker: Mutex::new(life.as_ref().map(|life| WorkerFacts::of(&life.worker))),
        });
        let owner = Owner {
            sessions: self.clone(),
            session: session.clone(),
            awake: awake.clone(),
            settings: self.settings.clone(),
            asks,
            activity,
            keeper: self.keeper(session),
        };
        self.tasks.spawn(owner.run(life));
        awake
    }
}

impl Owner {
    async fn run(mut self, mut life: Option<Life>) {
        loop {
            let left = match life.take() {
                Some(life) => self.live(life).await,
                None => match self.wake().await {
                    Woken::Up(life) => self.live(*life).await,
                    Woken::Failed(error) => {
                        for request in self.awake.commands.take_all() {
                            let _ = request.reply.send(Err(error.clone()));
                        }
                        Left::ToSleep(Vec::new())
                    }
                    Woken::Stopped(done) => {
                        self.refuse(EndReason::ServerShutdown, None);
                        Left::ToSleep(vec![done])
                    }
                    Woken::End(end) => Left::Ended(end),
                },
            };
            let next = match left {
                Left::ToSleep(asked) => {
                    let next = self.sleep();
                    for done in asked {
                        let _ = done.send(Asked::Done);
                    }
                    next
                }
                Left::Ended(end) => Next::End(end),
            };
            match next {
                Next::Sleep => return,
                Next::Wake => {}
                Next::End(end) => return self.end(end).await,
            }
        }
    }

    async fn live(&mut self, life: Life) -> Left {
        let left = Serving::new(self, life).run().await;
        *self.awake.worker() = None;
        self.activity.send_replace(Activity::Hibernated);
        left
    }

    /// Gets a worker and makes it the session, unless its end is asked for meanwhile.
    async fn wake(&mut self) -> Woken {
        self.activity.send_replace(Activity::Waking);
        let (sessions, session) = (self.sessions.clone(), self.session.clone());
        let bring_back = sessions.bring_back(&session);
        tokio::pin!(bring_back);
        let woken = loop {
            tokio::select! {
                biased;
                Some(ask) = self.asks.recv() => match ask {
                    // Only a session that is kept wakes: this is no end of it.
                    Ask { what: What::End(EndReason::ServerShutdown), done, .. } => {
                        self.activity.send_replace(Activity::Hibernated);
                        return Woken::Stopped(done);
                    }
                    Ask { what: What::End(reason), done, idle_for: None } => {
                        return Woken::End(End { reason, cause: None, done: Some(done) });
                    }
                    Ask { done, .. } => {
                        let _ = done.send(Asked::InUse);
                    }
                },
                woken = &mut bring_back => break woken,
            }
        };
        match woken {
            Ok(life) => {
                *self.awake.worker() = Some(WorkerFacts::of(&life.worker));
                session.note_waking(None);
                sessions.records.woken(&session, life.worker.port);
                Woken::Up(Box::new(life))
            }
            Err(error) => {
                log::warn!(session = session.id.as_str(); "a session was not woken: {error}");
                session.note_waking(Some(error.to_string()));
                self.activity.send_replace(Activity::Hibernated);
                Woken::Failed(error)
            }
        }
    }

    /// Lets go of the session, unless somebody wants something of it already.
    fn sleep(&mut self) -> Next {
        let mut presence = self.session.presence();
        let in_use = |least| self.awake.commands.count() > 0 || self.session.unused_for() < least;
        while let Ok(Ask { what, idle_for, done }) = self.asks.try_recv() {
            match what {
                What::Hibernate | What::End(EndReason::ServerShutdown) => {
                    let _ = done.send(Asked::Done);
                }
                What::End(_) if idle_for.is_some_and(in_use) => {
                    let _ = done.send(Asked::InUse);
                }
                What::End(reason) => {
                    return Next::End(End { reason, cause: None, done: Some(done) });
                }
            }
        }
        if self.awake.commands.count() > 0 {
            return Next::Wake;
        }
        // Who asks from here on gets no answer, and looks again.
        *presence = Presence::Asleep;
        Next::Sleep
    }

    /// The end for good, after that of the worker.
    async fn end(mut self, End { reason, cause, done }: End) {
        self.refuse(reason, cause.as_deref());
        let ended = self.sessions.end_for_good(&self.session, reason, cause).await;
        if ended == Asked::Done {
            *self.session.presence() = Presence::Ended(reason);
            // Whatever came in before that was known.
            self.sessions.end_line(&self.session, reason).await;
        } else {
            self.sessions.records.hibernated(&self.session);
            *self.session.presence() = Presence::Asleep;
        }
        if let Some(done) = done {
            let _ = done.send(ended);
        }
        self.asks.close();
        while let Some(ask) = self.asks.recv().await {
            let _ = ask.done.send(ended);
        }
    }

    /// Tells all who wait for their turn, and all who come, that it ends.
    pub fn refuse(&self, reason: EndReason, cause: Option<&str>) {
        for request in self.awake.commands.close() {
            let error = match cause {
                Some(cause) => CommandError::SessionDied { cause: cause.to_owned() },
                None => CommandError::Ended(reason),
            };
            let _ = request.reply.send(Err(error));
        }
    }
}
