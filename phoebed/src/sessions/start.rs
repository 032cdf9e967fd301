//! The start of a session: limits, a worker, the owner task. It runs in a task of its own, so a
//! client that leaves in the middle leaves nothing behind.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;

use phoebed_common::api::RawJson;
use tokio::sync::{mpsc, oneshot, watch};

use super::caller::{Caller, Client};
use super::lifecycle::EndReason;
use super::owner::{Owner, Timeouts};
use super::registry::{Place, Sessions};
use super::session::Session;
use crate::workers::{StartError, Worker, available_on_host};

/// What can be changed while the daemon runs; sessions take what is set when they start.
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
        "Session limit reached: you have {in_use} of {limit} sessions \
         (resources.max_workers_per_user). End one of them first"
    )]
    UserLimit {
        /// Allowed.
        limit: usize,
        /// Had, starts included.
        in_use: usize,
    },
    /// The host is short of memory.
    #[error(
        "Not enough memory on the server: {available_mb} MiB available, {floor_mb} MiB are kept \
         free (resources.min_free_memory_mb). Try again when other sessions have ended"
    )]
    Memory {
        /// Available on the host, in MiB.
        available_mb: u64,
        /// Configured, in MiB.
        floor_mb: u64,
    },
    /// No worker could be had.
    #[error(transparent)]
    Worker(#[from] StartError),
}

impl Sessions {
    /// Starts a session. When the returned future is dropped, the start is undone.
    pub async fn start(&self, request: StartRequest) -> Result<Arc<Session>, StartSessionError> {
        let settings = self.settings.borrow().clone();
        let place = self
            .reserve(request.caller.user_id.clone(), settings.max_workers_per_user)
            .map_err(|reached| StartSessionError::UserLimit {
                limit: reached.limit,
                in_use: reached.in_use,
            })?;
        check_memory(settings.min_free_memory_mb)?;
        let worker = self.pool.take().await?;
        let (reply, started) = oneshot::channel();
        self.begin(request, worker, place, &settings, reply)?;
        started.await.map_err(|_| StartError::ShuttingDown.into())
    }

    /// Lists the session and lets its owner run.
    fn begin(
        &self,
        request: StartRequest,
        worker: Worker,
        place: Place,
        settings: &Settings,
        reply: oneshot::Sender<Arc<Session>>,
    ) -> Result<(), StartError> {
        let (commands, command_inbox) = mpsc::channel(settings.queue_limit);
        let (ends, end_inbox) = mpsc::channel(8);
        let (running, running_watch) = watch::channel(None);
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
            running: running_watch,
            commands,
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
            timeouts: settings.timeouts,
            commands: command_inbox,
            ends: end_inbox,
            running,
            records: self.records.clone(),
            place,
        };
        let sessions = self.clone();
        self.tasks.spawn(async move {
            let id = owner.session.id.clone();
            let abandoned = reply.send(owner.session.clone()).err();
            if let Some(session) = abandoned {
                tokio::spawn(async move { session.end(EndReason::Abandoned).await });
            }
            owner.run(|| sessions.unlist(&id)).await;
        });
        Ok(())
    }
}

fn check_memory(floor_mb: u64) -> Result<(), StartSessionError> {
    if floor_mb == 0 {
        return Ok(());
    }
    match available_on_host() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "MiB")]
        Ok(mib) if (mib as u64) < floor_mb => {
            Err(StartSessionError::Memory { available_mb: mib as u64, floor_mb })
        }
        Ok(_) => Ok(()),
        Err(error) => {
            log::warn!("cannot tell how much memory is free, so no start is refused: {error}");
            Ok(())
        }
    }
}
