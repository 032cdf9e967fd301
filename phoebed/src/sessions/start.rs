//! The start of a session: limits, a worker, the owner task. It runs in the
//! handler, which the client may abandon at any moment: what was begun is then undone.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Instant, SystemTime};

use phoebed_common::api::RawJson;
use tokio::sync::{mpsc, oneshot, watch};

use super::caller::{Caller, Client};
use super::lifecycle::Activity;
use super::owner::{Owner, Timeouts};
use super::registry::{Place, Sessions};
use super::session::Session;
use super::unclaimed::Unclaimed;
use super::waiting::Queue;
use crate::workers::{StartError, Worker, available_on_host};

/// What can be changed while the daemon runs; existing sessions follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Patience with commands and idleness.
    pub timeouts: Timeouts,
    /// Commands that may wait in one session.
    pub queue_limit: usize,
    /// Sessions of one user; 0 is no limit.
    pub max_workers_per_user: usize,
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
    /// No worker could be had.
    #[error(transparent)]
    Worker(#[from] StartError),
}

impl Sessions {
    /// Starts a session. When the returned future is dropped, or what it gives is not claimed, the
    /// start is undone.
    pub async fn start(&self, request: StartRequest) -> Result<Unclaimed, StartSessionError> {
        let settings = self.settings.borrow().clone();
        let place = self
            .reserve(request.caller.user_id.clone(), settings.max_workers_per_user)
            .map_err(|reached| StartSessionError::UserLimit {
                limit: reached.limit,
                in_use: reached.in_use,
            })?;
        if let Some((available_mb, floor_mb)) = short_of_memory(settings.min_free_memory_mb) {
            let sessions = self.count();
            return Err(StartSessionError::Memory { available_mb, floor_mb, sessions });
        }
        let worker = self.pool.take().await?;
        let (reply, started) = oneshot::channel();
        self.begin(request, worker, place, reply)?;
        started.await.map_err(|_| StartError::ShuttingDown.into())
    }

    /// Lists the session and lets its owner run.
    fn begin(
        &self,
        request: StartRequest,
        worker: Worker,
        place: Place,
        reply: oneshot::Sender<Unclaimed>,
    ) -> Result<(), StartError> {
        let (ends, end_inbox) = mpsc::channel(8);
        let (activity, activity_watch) = watch::channel(Activity::Idle { since: Instant::now() });
        let session = Arc::new(Session {
            id: uuid::Uuid::new_v4().to_string(),
            created_at: SystemTime::now(),
            user_id: request.caller.user_id,
            full_name: request.caller.full_name,
            project_name: request.project_name,
            client: request.client,
            port: worker.port,
            pid: worker.pid(),
            memory: worker.memory.clone(),
            last_activity: AtomicU64::default(),
            activity: activity_watch,
            settings: self.settings.clone(),
            commands: Queue::default(),
            ends,
        });
        session.touch();
        if !self.list(session.clone()) {
            return Err(StartError::ShuttingDown);
        }
        worker.belongs_to(&session.id);
        self.records.started(&session);
        log::info!(
            session = session.id.as_str(), user = session.user_id.as_deref(),
            port = session.port, pid = session.pid, worker = worker.id; "session started"
        );
        let owner = Owner {
            session: session.clone(),
            worker,
            settings: self.settings.clone(),
            ends: end_inbox,
            activity,
            records: self.records.clone(),
            place,
        };
        let sessions = self.clone();
        self.tasks.spawn(async move {
            let id = owner.session.id.clone();
            // When nobody waits any more, it comes back, and dropping it ends the session.
            drop(reply.send(Unclaimed::new(owner.session.clone())));
            owner.run(|| sessions.unlist(&id)).await;
        });
        Ok(())
    }
}

/// What the floor of free memory lacks, as `(available, floor)` in MiB.
fn short_of_memory(floor_mb: u64) -> Option<(u64, u64)> {
    if floor_mb == 0 {
        return None;
    }
    match available_on_host() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "MiB")]
        Ok(mib) => Some((mib as u64, floor_mb)).filter(|(available, floor)| available < floor),
        Err(error) => {
            log::warn!("cannot tell how much memory is free, so no start is refused: {error}");
            None
        }
    }
}
