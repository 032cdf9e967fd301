//! When a session's form for any engine is made: while it is idle, and before it hibernates. It takes
//! the worker a fraction of a second, in a child that gives way to the next command.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::keeping::Keeper;
use super::lifecycle::Lifecycle;
use super::owner::Asked;
use crate::workers::{Answer, Kind, Link, LinkError};

/// A session that was changed and is idle for so long is not in the middle of something.
const IDLE_FOR: Duration = Duration::from_secs(60);
/// When others have their turn, it is tried again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// The worker may take so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Those who are told when the worker is gone.
pub type AskedBy = Vec<oneshot::Sender<Asked>>;

/// What is known of the form for any engine.
#[derive(Debug)]
pub struct Portable {
    is_old: bool,
    not_before: Option<Instant>,
    awaited: Option<Awaited>,
    /// The session hibernates as soon as it is there.
    leaving: Option<AskedBy>,
}

#[derive(Debug)]
struct Awaited {
    id: u64,
    until: Instant,
    /// One session at a time, so that a class that pauses leaves the cores to others.
    turn: Option<OwnedSemaphorePermit>,
}

impl Portable {
    /// Of a worker that was just made the session.
    pub fn new(is_old: bool) -> Self {
        Self { is_old, not_before: None, awaited: None, leaving: None }
    }

    /// The session is another one now.
    pub fn is_old(&mut self) {
        self.is_old = true;
    }

    /// Whether this is the answer that it waits for.
    pub fn is_awaited(&self, id: u64) -> bool {
        self.awaited.as_ref().is_some_and(|awaited| awaited.id == id)
    }

    /// When an idle session has something to do.
    pub fn deadline(&self, lifecycle: &Lifecycle, idle: Option<Duration>) -> Option<Instant> {
        let patience =
            self.awaited.as_ref().filter(|awaited| awaited.turn.is_some() || self.is_leaving());
        let patience = patience.map(|awaited| awaited.until);
        if self.is_leaving() {
            return patience;
        }
        let due = (self.is_old && self.awaited.is_none())
            .then(|| lifecycle.idle_deadline(Some(IDLE_FOR)))
            .flatten()
            .map(|due| self.not_before.map_or(due, |at| at.max(due)));
        let idle = lifecycle.idle_deadline(idle);
        [patience, due, idle].into_iter().flatten().min()
    }

    fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    /// A command comes first: the session does not hibernate now.
    pub fn gives_way(&mut self) {
        for done in self.leaving.take().into_iter().flatten() {
            let _ = done.send(Asked::InUse);
        }
    }

    /// Who is to be told, when it can hibernate at once; else that is told later.
    pub fn fall_asleep(
        &mut self,
        link: &mut Link,
        done: Option<oneshot::Sender<Asked>>,
    ) -> Result<Option<AskedBy>, LinkError> {
        if let Some(leaving) = &mut self.leaving {
            leaving.extend(done);
            return Ok(None);
        }
        let asked = done.into_iter().collect();
        if !self.is_old {
            return Ok(Some(asked));
        }
        if self.awaited.is_none() {
            self.request(link, None)?;
        }
        self.leaving = Some(asked);
        Ok(None)
    }

    /// Asks for it if it is due and nobody else has a turn.
    pub fn ask(&mut self, link: &mut Link, turns: &Arc<Semaphore>) -> Result<(), LinkError> {
        if let Some(awaited) = &mut self.awaited {
            awaited.turn = None;
            return Ok(());
        }
        match turns.clone().try_acquire_owned() {
            Ok(turn) => self.request(link, Some(turn)),
            Err(_taken) => {
                self.not_before = Some(Instant::now() + AGAIN_AFTER);
                Ok(())
            }
        }
    }

    fn request(
        &mut self,
        link: &mut Link,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Result<(), LinkError> {
        let id = link.request_of(Kind::Portable, Bytes::new())?;
        self.awaited = Some(Awaited { id, until: Instant::now() + PATIENCE, turn });
        Ok(())
    }

    /// It is there, or why not; who is to be told, if the session hibernates now.
    pub async fn came(&mut self, answer: Answer, keeper: &Keeper) -> Option<AskedBy> {
        self.awaited = None;
        let kept = if answer.success {
            keeper.keep_portable(answer.state).await
        } else {
            Err(answer.error.unwrap_or_default())
        };
        match kept {
            Ok(()) => self.is_old = false,
            Err(cause) if self.is_leaving() => warn(keeper, &cause),
            Err(_) => self.not_before = Some(Instant::now() + AGAIN_AFTER),
        }
        self.leaving.take()
    }

    /// Who is to be told, if the session waits for it in vain.
    pub fn gave_up(&mut self, keeper: &Keeper) -> Option<AskedBy> {
        let asked = self.leaving.take()?;
        warn(keeper, &format!("it was not there within {} s", PATIENCE.as_secs()));
        Some(asked)
    }

    /// Who is to be told, however the session left its worker.
    pub fn let_go(&mut self) -> AskedBy {
        self.leaving.take().unwrap_or_default()
    }
}

fn warn(keeper: &Keeper, cause: &str) {
    log::warn!(
        session = keeper.session_id();
        "a session hibernates without a state for other engines than this one: {cause}"
    );
}
