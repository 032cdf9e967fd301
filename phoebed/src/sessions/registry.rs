//! The list of live sessions and the counts per user: one small structure behind a lock that is
//! never held across an await. A caller of the public API gets a session only through
//! [`Sessions::get`], which checks that it may use it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use super::caller::Caller;
use super::lifecycle::EndReason;
use super::limits::{LimitReached, UserKey, UserLimits};
use super::records::Records;
use super::session::Session;
use super::start::Settings;
use crate::workers::Pool;

/// Why a caller does not get a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// There is none with this id (any more).
    #[error("Session not found")]
    NotFound,
    /// It is somebody else's.
    #[error("You are not the owner of this session")]
    NotOwner,
}

#[derive(Debug, Default)]
struct State {
    live: BTreeMap<String, Arc<Session>>,
    limits: UserLimits,
    closed: bool,
}

/// All sessions; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sessions {
    state: Arc<Mutex<State>>,
    pub(super) pool: Pool,
    pub(super) settings: watch::Receiver<Settings>,
    pub(super) records: Records,
    pub(super) tasks: TaskTracker,
}

impl Sessions {
    /// No sessions yet; workers come from the pool.
    pub fn new(pool: Pool, settings: watch::Receiver<Settings>, records: Records) -> Self {
        Self { state: Arc::default(), pool, settings, records, tasks: TaskTracker::new() }
    }

    /// The pool, for what it tells of ports and engine.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The session with this id, if the caller may use it.
    pub fn get(&self, caller: &Caller, id: &str) -> Result<Arc<Session>, AccessError> {
        let session = self.lock().live.get(id).cloned().ok_or(AccessError::NotFound)?;
        if caller.may_use(session.user_id.as_deref()) {
            Ok(session)
        } else {
            Err(AccessError::NotOwner)
        }
    }

    /// The caller's own sessions, by id.
    pub fn own(&self, caller: &Caller) -> Vec<Arc<Session>> {
        let state = self.lock();
        let own = state.live.values().filter(|session| caller.owns(session.user_id.as_deref()));
        own.cloned().collect()
    }

    /// All of them, by id; for the operator, who may.
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.lock().live.values().cloned().collect()
    }

    /// The one with this id; for the operator, who may.
    pub fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().live.get(id).cloned()
    }

    /// How many are live.
    pub fn count(&self) -> usize {
        self.lock().live.len()
    }

    /// Ends all of them and takes no more; resolves when every worker of them is gone. No spare is
    /// started in the place of those that end.
    pub async fn end_all(&self, reason: EndReason) {
        self.pool.close().await;
        let live: Vec<_> = {
            let mut state = self.lock();
            state.closed = true;
            state.live.values().cloned().collect()
        };
        let ends = live.into_iter().map(|session| async move { session.end(reason).await });
        let mut ending: JoinSet<()> = ends.collect();
        while ending.join_next().await.is_some() {}
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// How many a user has.
    pub fn count_of_user(&self, user_id: &str) -> usize {
        let state = self.lock();
        state.live.values().filter(|it| it.user_id.as_deref() == Some(user_id)).count()
    }

    /// Ends those of a user; resolves when their workers are gone.
    pub async fn end_of_user(&self, user_id: &str, reason: EndReason) -> usize {
        let of_user = |session: &Arc<Session>| session.user_id.as_deref() == Some(user_id);
        let sessions: Vec<_> = self.all().into_iter().filter(of_user).collect();
        let count = sessions.len();
        let ends = sessions.into_iter().map(|session| async move { session.end(reason).await });
        let mut ending: JoinSet<()> = ends.collect();
        while ending.join_next().await.is_some() {}
        count
    }

    /// Takes a place for a session of this user.
    pub(super) fn reserve(&self, user: UserKey, limit: usize) -> Result<Place, LimitReached> {
        self.lock().limits.reserve(&user, limit)?;
        Ok(Place { user, state: self.state.clone() })
    }

    /// Lists a session, unless the daemon is going down.
    pub(super) fn list(&self, session: Arc<Session>) -> bool {
        let mut state = self.lock();
        if !state.closed {
            state.live.insert(session.id.clone(), session);
        }
        !state.closed
    }

    pub(super) fn unlist(&self, id: &str) {
        self.lock().live.remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A user's place for a session; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    user: UserKey,
    state: Arc<Mutex<State>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).limits.release(&self.user);
    }
}
