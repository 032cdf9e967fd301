//! The list of all sessions, awake or not, and the counts per user: one small structure behind a lock that is
//! never held across an await. A caller of the public API gets a session only through
//! [`Sessions::get`], which checks that it may use it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::caller::Caller;
use super::keeping::full_text;
use super::lifecycle::EndReason;
use super::limits::{LimitReached, UserKey, UserLimits};
use super::owner::Asked;
use super::records::Records;
use super::session::Session;
use super::start::Settings;
use crate::jobs::Jobs;
use crate::shares::Shares;
use crate::state::{SessionRecord, State};
use crate::workers::Pool;

/// How long sessions may take at the end of the daemon to be made readable for any engine.
const HIBERNATE_WITHIN: Duration = Duration::from_secs(20);

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
struct Registry {
    known: BTreeMap<String, Arc<Session>>,
    limits: UserLimits,
    closed: bool,
}

/// All sessions; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sessions {
    registry: Arc<Mutex<Registry>>,
    /// Where they are kept; none keeps nothing.
    pub(super) state: Option<State>,
    pub(super) pool: Pool,
    pub(super) settings: watch::Receiver<Settings>,
    pub(super) records: Records,
    pub(super) tasks: TaskTracker,
    pub(super) jobs: Jobs,
    /// The processes that compute.
    pub(super) shares: Shares,
    /// The daemon is going down.
    pub(super) closing: CancellationToken,
    /// Who may have a form for any engine made.
    pub(super) portable_turns: Arc<Semaphore>,
}

impl Sessions {
    /// The sessions that are kept, all asleep; workers come from the pool.
    pub fn new(
        pool: Pool,
        settings: watch::Receiver<Settings>,
        records: Records,
        state: Option<State>,
        kept: Vec<SessionRecord>,
        (jobs, shares): (Jobs, Shares),
    ) -> Self {
        let sessions = kept.into_iter().map(Session::from_record);
        let known = sessions.map(|session| (session.id.clone(), Arc::new(session))).collect();
        let registry = Arc::new(Mutex::new(Registry { known, ..Registry::default() }));
        let (tasks, portable_turns) = (TaskTracker::new(), Arc::new(Semaphore::new(1)));
        let closing = CancellationToken::new();
        Self {
            registry,
            state,
            pool,
            settings,
            records,
            tasks,
            jobs,
            shares,
            closing,
            portable_turns,
        }
    }

    /// Whether sessions outlive their workers and the daemon.
    pub fn are_kept(&self) -> bool {
        self.state.is_some()
    }

    /// Jobs, which outlive the sessions that they are of.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// The pool, for what it tells of ports and engine.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The session with this id, if the caller may use it.
    pub fn get(&self, caller: &Caller, id: &str) -> Result<Arc<Session>, AccessError> {
        let session = self.lock().known.get(id).cloned().ok_or(AccessError::NotFound)?;
        if caller.may_use(session.user_id.as_deref()) {
            Ok(session)
        } else {
            Err(AccessError::NotOwner)
        }
    }

    /// The caller's own sessions, by id.
    pub fn own(&self, caller: &Caller) -> Vec<Arc<Session>> {
        let state = self.lock();
        let own = state.known.values().filter(|session| caller.owns(session.user_id.as_deref()));
        own.cloned().collect()
    }

    /// All of them, by id; for the operator, who may.
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.lock().known.values().cloned().collect()
    }

    /// The one with this id; for the operator, who may.
    pub fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().known.get(id).cloned()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().known.len()
    }

    /// How many are awake.
    pub fn count_awake(&self) -> usize {
        self.all().iter().filter(|session| session.is_awake()).count()
    }

    /// Frees the workers of all of them and takes no more; resolves when every worker of them is
    /// gone. Where they are not kept, they end. No spare is started in the place of those that go.
    pub async fn shut_down(&self) {
        self.closing.cancel();
        self.pool.close().await;
        let all: Vec<_> = {
            let mut registry = self.lock();
            registry.closed = true;
            registry.known.values().cloned().collect()
        };
        let awake = || all.iter().filter(|session| session.is_awake()).cloned();
        if self.are_kept() {
            // Another engine may be there when they wake.
            let hibernate = |session: Arc<Session>| async move {
                self.hibernate(&session).await;
            };
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let all_hibernate = stream::iter(awake()).for_each_concurrent(cores, hibernate);
            if timeout(HIBERNATE_WITHIN, all_hibernate).await.is_err() {
                log::warn!("some sessions are kept for the present version of the engine only");
            }
        }
        self.end_each(awake().collect(), EndReason::ServerShutdown).await;
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Whether the daemon is going down.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Why a session takes no commands any more.
    pub(super) fn reason_of_end(&self) -> EndReason {
        if self.is_closed() { EndReason::ServerShutdown } else { EndReason::Manual }
    }

    /// How many a user has.
    pub fn count_of_user(&self, user_id: &str) -> usize {
        let state = self.lock();
        state.known.values().filter(|it| it.user_id.as_deref() == Some(user_id)).count()
    }

    /// Ends those of a user; resolves when their workers are gone.
    pub async fn end_of_user(&self, user_id: &str, reason: EndReason) -> usize {
        let of_user = |session: &Arc<Session>| session.user_id.as_deref() == Some(user_id);
        let sessions: Vec<_> = self.all().into_iter().filter(of_user).collect();
        let count = sessions.len();
        self.end_each(sessions, reason).await;
        count
    }

    /// Takes a place for a session of this user.
    pub(super) fn reserve(&self, user: UserKey, limit: usize) -> Result<Place, LimitReached> {
        self.lock().limits.reserve(&user, limit)?;
        Ok(Place { user, registry: self.registry.clone() })
    }

    /// Lists a session, unless the daemon is going down.
    pub(super) fn list(&self, session: Arc<Session>) -> bool {
        let mut state = self.lock();
        if !state.closed {
            state.known.insert(session.id.clone(), session);
        }
        !state.closed
    }

    /// From now on nobody finds it.
    pub(super) fn unlist(&self, id: &str) {
        self.lock().known.remove(id);
    }

    /// Ends a session that has no worker any more, with all that is kept of it; where that cannot be
    /// removed, the session is listed as before, and asleep.
    pub(super) async fn end_for_good(
        &self,
        session: &Arc<Session>,
        reason: EndReason,
        cause: Option<String>,
    ) -> Asked {
        self.unlist(&session.id);
        if let Some(state) = &self.state
            && let Err(error) = state.forget(&session.id).await
        {
            log::error!(
                session = session.id.as_str();
                "a session was not ended, for what is kept of it cannot be removed: {}",
                full_text(&error)
            );
            self.lock().known.insert(session.id.clone(), session.clone());
            return Asked::NotEnded;
        }
        self.end_line(session, reason).await;
        self.records.ended(session, reason, cause);
        Asked::Done
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A user's place for a session; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    user: UserKey,
    registry: Arc<Mutex<Registry>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).limits.release(&self.user);
    }
}
