//! The start of a session: limits, a worker, the owner task. It runs in the
//! handler, which the client may abandon at any moment: what was begun is then undone.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use phoebed_common::api::RawJson;

use super::caller::{Caller, Client};
use super::keeping::full_text;
use super::limits::UserKey;
use super::owner::Life;
use super::registry::{Place, Sessions};
use super::serving::Timeouts;
use super::session::{Presence, Session, unix_seconds};
use super::unclaimed::Unclaimed;
use crate::state::SessionRecord;
use crate::workers::StartError;

/// What can be changed while the daemon runs; existing sessions follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Patience with commands and idleness.
    pub timeouts: Timeouts,
    /// Commands that may wait in one session.
    pub queue_limit: usize,
    /// Sessions of one user; 0 is no limit.
    pub max_workers_per_user: usize,
    /// Sessions of one user, those without a worker too; 0 is no limit.
    pub max_sessions_per_user: usize,
    /// Whether idle sessions hibernate, where sessions are kept; else they end.
    pub hibernates: bool,
    /// After how long without use a session that sleeps ends for good; none is never.
    pub retention: Option<Duration>,
    /// Jobs that may wait in one session.
    pub job_limit: usize,
    /// Whether changes are refused while a long command runs; else they wait.
    pub refuses_while_busy: bool,
    /// Processes that compute at the same time, of all sessions.
    pub compute_processes: u32,
    /// No session starts with less memory available on the host, in MiB; 0 is no limit.
    pub min_free_memory_mb: u64,
}

/// Who wants a session, and what is noted of it.
#[derive(Debug)]
pub struct StartRequest {
    /// Whose it will be.
    pub caller: Caller,
    /// Where the request came from.
    pub client: Client,
    /// The client's own value, kept as it was sent.
    pub project_name: Option<RawJson>,
}

/// Why no session was started.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartSessionError {
    /// The user has as many as allowed.
    #[error(
        "Session limit reached: {in_use} of {limit} sessions of this user are in use \
         (resources.max_workers_per_user). Try again when one of them has ended"
    )]
    UserLimit {
        /// Allowed.
        limit: usize,
        /// Had, starts included.
        in_use: usize,
    },
    /// The user has as many as may be kept.
    #[error(
        "Session limit reached: {sessions} sessions of this user are kept, hibernated ones too \
         (resources.max_sessions_per_user is {limit}). Try again when one of them has ended"
    )]
    TooManyKept {
        /// Allowed.
        limit: usize,
        /// Had.
        sessions: usize,
    },
    /// The host is short of memory.
    #[error(
        "Not enough memory on the server: {available_mb} MiB are available, {floor_mb} MiB are \
         kept free (resources.min_free_memory_mb) and {sessions} sessions are in use. Try again \
         when another session has ended"
    )]
    Memory {
        /// Available on the host, in MiB.
        available_mb: u64,
        /// Configured, in MiB.
        floor_mb: u64,
        /// Live sessions.
        sessions: usize,
    },
    /// It could not be kept.
    #[error("The session could not be started, for it could not be kept: {cause}")]
    NotKept {
        /// Why.
        cause: String,
    },
    /// No worker could be had.
    #[error(transparent)]
    Worker(#[from] StartError),
}

impl Sessions {
    /// Starts a session. When the returned future is dropped, or what it gives is not claimed, the
    /// start is undone.
    pub async fn start(&self, request: StartRequest) -> Result<Unclaimed, StartSessionError> {
        self.check_kept(request.caller.user_id.as_deref())?;
        let place = self.place_for(request.caller.user_id.clone())?;
        let worker = self.worker().await?;
        let started = self.begin(request, Life { worker, place, portable_is_old: false })?;
        // Before anybody hears of it: a session that is known outlives the daemon.
        if let Some(state) = &self.state {
            state
                .register(started.to_record())
                .await
                .map_err(|error| StartSessionError::NotKept { cause: full_text(&error) })?;
        }
        Ok(started)
    }

    /// Whether one more of this user's may be kept. Starts at the same time may get past it, by no
    /// more than there are ports.
    fn check_kept(&self, user: Option<&str>) -> Result<(), StartSessionError> {
        let limit = self.settings.borrow().max_sessions_per_user;
        let sessions = user.filter(|_| limit > 0).map_or(0, |user| self.count_of_user(user));
        if limit > 0 && sessions >= limit {
            return Err(StartSessionError::TooManyKept { limit, sessions });
        }
        Ok(())
    }

    /// A place for a session of this user.
    pub(super) fn place_for(&self, user: UserKey) -> Result<Place, StartSessionError> {
        let limit = self.settings.borrow().max_workers_per_user;
        self.reserve(user, limit).map_err(|reached| StartSessionError::UserLimit {
            limit: reached.limit,
            in_use: reached.in_use,
        })
    }

    /// Lists the session and lets its owner run.
    fn begin(&self, request: StartRequest, life: Life) -> Result<Unclaimed, StartError> {
        let now = unix_seconds(SystemTime::now());
        let session = Arc::new(Session::from_record(SessionRecord {
            session_id: uuid::Uuid::new_v4().to_string(),
            user_id: request.caller.user_id,
            full_name: request.caller.full_name,
            project_name: request.project_name.map(|json| json.text().to_owned()),
            client_ip: request.client.ip,
            user_agent: request.client.user_agent,
            created_at: now,
            last_activity: now,
            ..SessionRecord::default()
        }));
        let (port, pid, worker) = (life.worker.port, life.worker.pid(), life.worker.id);
        life.worker.belongs_to(&session.id, session.user_id.as_deref());
        {
            let mut presence = session.presence();
            if !self.list(session.clone()) {
                return Err(StartError::ShuttingDown);
            }
            *presence = Presence::Awake(self.awaken(&session, Some(life)));
        }
        self.records.started(&session);
        log::info!(
            session = session.id.as_str(), user = session.user_id.as_deref(),
            port, pid, worker; "session started"
        );
        Ok(Unclaimed::new(session, self.clone()))
    }
}
