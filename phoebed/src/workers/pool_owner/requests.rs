//! What the pool's task is asked, and the launches that it has accepted.

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::StartError;
use super::super::pool::PoolSettings;
use super::super::port_pool::PortLease;
use super::super::worker::Worker;

/// What the task is asked; every request is answered after the effect.
pub(in crate::workers) enum Message {
    Take(oneshot::Sender<Result<Worker, StartError>>),
    Configure(PoolSettings, oneshot::Sender<()>),
    SpareEnded,
    Close(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
}

/// A launch that was accepted and waits for its turn. Its time runs from the acceptance, so that
/// no caller waits longer for standing behind others.
pub(super) struct Queued {
    pub(super) lease: PortLease,
    pub(super) accepted: Instant,
}

impl Queued {
    pub(super) fn now(lease: PortLease) -> Self {
        Self { lease, accepted: Instant::now() }
    }
}
