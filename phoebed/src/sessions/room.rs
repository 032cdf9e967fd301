//! Workers under pressure: when ports or memory run out, the session that has been idle for longest
//! hibernates before anybody is refused.

use std::sync::Arc;
use std::time::Instant;

use super::lifecycle::Activity;
use super::owner::Asked;
use super::registry::{Place, Sessions};
use super::session::Session;
use super::start::StartSessionError;
use crate::workers::{StartError, Worker, available_on_host};

impl Sessions {
    /// A worker; for its sake others may hibernate.
    pub(super) async fn worker(&self) -> Result<Worker, StartSessionError> {
        loop {
            let refused = match self.short_of_memory() {
                None => match self.pool.take().await {
                    Err(error @ StartError::PortsExhausted { .. }) => error.into(),
                    Ok(worker) => return Ok(worker),
                    Err(error) => return Err(error.into()),
                },
                // Freeing too little would cost sessions their workers for nothing.
                Some((refused, lacking)) if self.idle_memory() < lacking => return Err(refused),
                Some((refused, _)) => refused,
            };
            if !self.make_room(|_| true).await {
                return Err(refused);
            }
        }
    }

    /// A place among those of its user for a session that wakes; for its sake another of the same
    /// user may hibernate.
    pub(super) async fn place_to_wake(
        &self,
        session: &Session,
    ) -> Result<Place, StartSessionError> {
        loop {
            let refused = match self.place_for(session.user_id.clone()) {
                Ok(place) => return Ok(place),
                Err(refused) => refused,
            };
            if !self.make_room(|other| other.user_id == session.user_id).await {
                return Err(refused);
            }
        }
    }

    /// Whether a session could wake without another one hibernating for it.
    pub(super) fn has_room_for(&self, session: &Session) -> bool {
        let ports = self.pool.ports();
        ports.reserved.len() < ports.total
            && self.short_of_memory().is_none()
            && self.place_for(session.user_id.clone()).is_ok()
    }

    /// Has the session that has been idle for longest hibernate; whether there was one.
    async fn make_room(&self, may: impl Fn(&Session) -> bool) -> bool {
        if self.state.is_none() {
            return false;
        }
        let mut idle: Vec<_> = self.idle().into_iter().filter(|(_, it)| may(it)).collect();
        idle.sort_by_key(|(since, _)| *since);
        for (_, session) in idle {
            if self.hibernate(&session).await == Asked::Done {
                log::info!(session = session.id.as_str(); "a session made room for another");
                return true;
            }
        }
        false
    }

    /// Sessions that could hibernate, and since when they are idle.
    fn idle(&self) -> Vec<(Instant, Arc<Session>)> {
        let idle = |session: Arc<Session>| match session.activity() {
            Activity::Idle { since } => Some((since, session)),
            _ => None,
        };
        self.all().into_iter().filter_map(idle).collect()
    }

    /// What sessions that could hibernate take, in MiB, as far as it was measured.
    fn idle_memory(&self) -> f64 {
        let memory = |session: &Session| session.worker().and_then(|it| it.memory.last());
        self.idle().iter().filter_map(|(_, session)| memory(session)).sum()
    }

    /// The refusal when the host is short of memory, and how much is lacking, in MiB.
    fn short_of_memory(&self) -> Option<(StartSessionError, f64)> {
        let floor_mb = self.settings.borrow().min_free_memory_mb;
        if floor_mb == 0 {
            return None;
        }
        let available = match available_on_host() {
            Ok(available) => available,
            Err(error) => {
                log::warn!("cannot tell how much memory is free, so no start is refused: {error}");
                return None;
            }
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "MiB")]
        let available_mb = available as u64;
        let sessions = self.count_awake();
        #[allow(clippy::cast_precision_loss, reason = "MiB")]
        let lacking = floor_mb as f64 - available;
        let refused = StartSessionError::Memory { available_mb, floor_mb, sessions };
        (available_mb < floor_mb).then_some((refused, lacking))
    }
}
