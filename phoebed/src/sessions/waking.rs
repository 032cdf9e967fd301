//! How a session gets a worker again, which is made what the session was.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;

use super::command::CommandError;
use super::keeping::full_text;
use super::owner::Life;
use super::registry::Sessions;
use super::serving::CLOSED_BEFORE_ENDED;
use super::session::Session;
use super::start::StartSessionError;
use crate::state::{SnapshotForm, State, Stored};
use crate::workers::{Form, Kind, LinkError, StartError, Worker, restore_body};

/// An engine that no fast snapshot is for.
const ANY_ENGINE: &str = "";
/// After so many workers that were lost over the fast form, the one for any engine is tried.
const TOO_MANY_LOST: u32 = 3;

impl Sessions {
    /// A worker that is this session, as it was when its last change was acknowledged.
    pub(super) async fn bring_back(&self, session: &Arc<Session>) -> Result<Life, CommandError> {
        let no_worker = |error: StartSessionError| CommandError::NoWorker(Box::new(error));
        let place = self.place_to_wake(session).await.map_err(no_worker)?;
        let mut worker = self.worker().await.map_err(no_worker)?;
        worker.belongs_to(&session.id, session.user_id.as_deref());
        let portable_is_old = match &self.state {
            Some(state) => self.put_back(state, session, &mut worker).await?,
            None => false,
        };
        log::info!(
            session = session.id.as_str(), user = session.user_id.as_deref(),
            port = worker.port, pid = worker.pid(), worker = worker.id; "session woken"
        );
        Ok(Life { worker, place, portable_is_old })
    }

    /// Whether what is kept for any engine is older than what the session is now.
    async fn put_back(
        &self,
        state: &State,
        session: &Session,
        worker: &mut Worker,
    ) -> Result<bool, CommandError> {
        let not_restored = |cause: String| CommandError::NotRestored { cause };
        let within = self.settings.borrow().timeouts.command;
        let engine = self.pool.engine(within).await;
        let engine =
            engine.map_err(|error: StartError| CommandError::NoWorker(Box::new(error.into())))?;
        let load = async |engine: &str| {
            let stored = state.load(&session.id, engine).await;
            stored.map_err(|error| not_restored(full_text(&error)))
        };
        // Only where no change is lost by it: a host in trouble may lose workers too.
        let other = match session.restores_lost.load(Ordering::Relaxed) {
            0..TOO_MANY_LOST => None,
            TOO_MANY_LOST.. => load(ANY_ENGINE).await.ok().flatten(),
        };
        let stored = match other.filter(|stored| stored.damage.is_none()) {
            Some(stored) => stored,
            None => match load(&engine.engine).await? {
                Some(stored) => stored,
                None => return Ok(false),
            },
        };
        let portable_is_old = stored.portable_is_old;
        let outcome = restore(worker, &engine.engine, &stored, within).await;
        if stored.form == SnapshotForm::Fast {
            session.note_restore(outcome.as_ref().is_err_and(|failed| failed.is_worker_lost));
        }
        let failed = match outcome {
            Ok(()) => return Ok(portable_is_old),
            Err(failed) => failed,
        };
        if stored.form == SnapshotForm::Portable || failed.is_worker_lost {
            return Err(not_restored(failed.cause));
        }
        log::error!(
            session = session.id.as_str();
            "the latest state of a session cannot be read by its own engine ({}); an older one is \
             taken", failed.cause
        );
        let Some(stored) = load(ANY_ENGINE).await? else { return Err(not_restored(failed.cause)) };
        let restored = restore(worker, ANY_ENGINE, &stored, within).await;
        restored.map(|()| false).map_err(|failed| not_restored(failed.cause))
    }
}

/// Why a worker is not the session.
struct NotRestored {
    cause: String,
    is_worker_lost: bool,
}

async fn restore(
    worker: &mut Worker,
    engine: &str,
    stored: &Stored,
    within: Duration,
) -> Result<(), NotRestored> {
    let lost = |cause: String| NotRestored { cause, is_worker_lost: true };
    let form = match stored.form {
        SnapshotForm::Fast => Form::Fast,
        SnapshotForm::Portable => Form::Portable,
    };
    let body = restore_body(form, engine, &stored.bytes, &stored.journal);
    let asked = async {
        let id = worker.link.request_of(Kind::Restore, body)?;
        loop {
            let answer = worker.link.receive().await?;
            if answer.id == id {
                return Ok::<_, LinkError>(answer);
            }
        }
    };
    match timeout(within, asked).await {
        Ok(Ok(answer)) if answer.success => Ok(()),
        Ok(Ok(answer)) => {
            let cause = answer.error.unwrap_or_else(|| "it did not say why".to_owned());
            Err(NotRestored { cause, is_worker_lost: false })
        }
        Ok(Err(error)) => {
            let cause = match error {
                // It may have closed its stream and live on.
                LinkError::Closed => {
                    let exit = timeout(CLOSED_BEFORE_ENDED, async { worker.exit().ended().await });
                    exit.await.map_or(LinkError::Closed.to_string(), |cause| cause.to_string())
                }
                error => error.to_string(),
            };
            Err(lost(format!(
                "the worker that was to take its state over {cause}{}",
                worker.last_words()
            )))
        }
        Err(_elapsed) => Err(lost(format!("its state was not read within {} s", within.as_secs()))),
    }
}
