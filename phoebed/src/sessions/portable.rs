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
/// When others have their turn, it is tried again after this; when it fails, after twice as long as
/// the time before, up to a limit.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
const AGAIN_AFTER_AT_MOST: Duration = Duration::from_secs(30 * 60);
/// The worker may take so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Those who are told when the worker is gone.
pub type AskedBy = Vec<oneshot::Sender<Asked>>;

/// What is known of the form for any engine.
#[derive(Debug)]
pub struct Portable {
    is_old: bool,
    not_before: Option<Instant>,
    /// How often it could not be made since the session was changed.
    failures: u32,
    awaited: Option<Awaited>,
    /// The session hibernates as soon as it is there.
    leaving: Option<AskedBy>,
}

#[derive(Debug)]
struct Awaited {
    id: u64,
    until: Instant,
    /// A command came meanwhile.
    gave_way: bool,
    /// One session at a time, so that a class that pauses leaves the cores to others.
    turn: Option<OwnedSemaphorePermit>,
}

impl Portable {
    /// Of a worker that was just made the session.
    pub fn new(is_old: bool) -> Self {
        Self { is_old, not_before: None, failures: 0, awaited: None, leaving: None }
    }

    /// The session is another one now.
    pub fn is_old(&mut self) {
        self.is_old = true;
        self.failures = 0;
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
        if let Some(awaited) = &mut self.awaited {
            awaited.gave_way = true;
            // The command may take long.
            awaited.turn = None;
        }
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
        self.awaited =
            Some(Awaited { id, until: Instant::now() + PATIENCE, gave_way: false, turn });
        Ok(())
    }

    /// It is there, or why not; who is to be told, if the session hibernates now.
    pub async fn came(&mut self, answer: Answer, keeper: &Keeper) -> Option<AskedBy> {
        let gave_way = self.awaited.take().is_some_and(|awaited| awaited.gave_way);
        let kept = if answer.success {
            keeper.keep_portable(answer.state).await
        } else {
            Err(answer.error.unwrap_or_default())
        };
        match kept {
            Ok(()) => self.is_old = false,
            Err(cause) if self.is_leaving() => warn(keeper, &cause),
            Err(_) if gave_way => self.not_before = Some(Instant::now() + AGAIN_AFTER),
            Err(cause) => {
                if self.failures == 0 {
                    log::warn!(
                        session = keeper.session_id();
                        "a session's state for other engines than this one cannot be made, which \
                         is tried again: {cause}"
                    );
                }
                self.not_before = Some(Instant::now() + again_after(self.failures));
                self.failures = self.failures.saturating_add(1);
            }
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

/// How long to wait after so many failures before this one.
fn again_after(failures: u32) -> Duration {
    AGAIN_AFTER.saturating_mul(1 << failures.min(16)).min(AGAIN_AFTER_AT_MOST)
}

fn warn(keeper: &Keeper, cause: &str) {
    log::warn!(
        session = keeper.session_id();
        "a session hibernates without a state for other engines than this one: {cause}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_turn(turns: &Arc<Semaphore>) -> OwnedSemaphorePermit {
        turns.clone().try_acquire_owned().unwrap()
    }

    #[test]
    fn what_cannot_be_made_is_tried_again_less_and_less_often() {
        let waits: Vec<u64> = (0..12).map(|failures| again_after(failures).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800]);
        assert_eq!(again_after(u32::MAX), AGAIN_AFTER_AT_MOST);
    }

    #[test]
    fn a_session_with_a_command_leaves_the_turn_to_others() {
        let turns = Arc::new(Semaphore::new(1));
        let mut portable = Portable::new(true);
        let (until, turn) = (Instant::now() + PATIENCE, Some(a_turn(&turns)));
        portable.awaited = Some(Awaited { id: 1, until, gave_way: false, turn });
        portable.gives_way();
        assert!(portable.is_awaited(1));
        drop(a_turn(&turns));
    }
}
