//! What a session's worker ships is kept before its client is answered; without a state database
//! (durability none) nothing is.

use std::sync::{Arc, PoisonError};

use super::deaths::Fingerprint;
use super::registry::Sessions;
use super::session::Session;
use crate::jobs::{Job, Jobs};
use crate::state::{JobEnd, Kept, SnapshotForm, State, StateError};
use crate::workers;

/// Keeps the state of one session.
#[derive(Debug, Clone)]
pub struct Keeper {
    state: Option<State>,
    jobs: Jobs,
    session: Arc<Session>,
}

/// What an answer has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// Nothing that is to be kept.
    Nothing,
    /// One change.
    Entry,
    /// A whole session, which what is kept for any engine is older than.
    Whole,
}

impl Sessions {
    /// What keeps this session.
    pub(super) fn keeper(&self, session: &Arc<Session>) -> Keeper {
        Keeper { state: self.state.clone(), jobs: self.jobs.clone(), session: session.clone() }
    }
}

impl Keeper {
    /// Whose states they are.
    pub fn session_id(&self) -> &str {
        &self.session.id
    }

    /// Whether a session outlives its worker.
    pub fn is_keeping(&self) -> bool {
        self.state.is_some()
    }

    /// Keeps what an answer brings along; on an error, whose text is its cause, the worker is ahead
    /// of what is kept.
    pub async fn keep(
        &self,
        shipped: Option<workers::State>,
        lost: Option<&str>,
    ) -> Result<Brought, String> {
        let Some(state) = &self.state else { return Ok(Brought::Nothing) };
        let (Some(kept), brought) = of_answer(shipped, lost)? else { return Ok(Brought::Nothing) };
        state.keep(&self.session.id, kept).await.map_err(|error| full_text(&error))?;
        self.changed(state).await;
        Ok(brought)
    }

    /// As [`Keeper::keep`], together with the end of the job that the answer is for, which is
    /// answered if it is kept.
    pub async fn keep_with_job(
        &self,
        shipped: Option<workers::State>,
        lost: Option<&str>,
        job: &Arc<Job>,
        end: Option<JobEnd>,
    ) -> Result<(Brought, Option<JobEnd>), String> {
        let Some(end) = end else { return Ok((self.keep(shipped, lost).await?, None)) };
        let (kept, brought) = match &self.state {
            Some(_) => of_answer(shipped, lost)?,
            None => (None, Brought::Nothing),
        };
        let kept = self.jobs.keep(kept, end.clone()).await;
        match (kept, &self.state) {
            (Ok(()), Some(state)) if brought != Brought::Nothing => self.changed(state).await,
            (Ok(()), _) => {}
            (Err(error), _) if brought != Brought::Nothing => return Err(full_text(&error)),
            (Err(error), _) => {
                // It has changed nothing, or the session itself is not kept: that goes on.
                self.jobs.owe_without_answer(job, end, &error);
                return Ok((brought, None));
            }
        }
        Ok((brought, Some(end)))
    }

    /// The session is another one now: its deaths are counted anew.
    async fn changed(&self, state: &State) {
        let was_counting = {
            let mut deaths = self.session.deaths.lock().unwrap_or_else(PoisonError::into_inner);
            let was_counting = deaths.is_counting();
            deaths.changed();
            was_counting
        };
        if was_counting && let Err(error) = state.lived(&self.session.id).await {
            log::warn!(session = self.session.id.as_str(); "{}", full_text(&error));
        }
    }

    /// Notes that a command was answered: deaths count in a row.
    pub async fn survived(&self, command: Option<Fingerprint>) {
        let is_counted = {
            let mut deaths = self.session.deaths.lock().unwrap_or_else(PoisonError::into_inner);
            deaths.survived(command)
        };
        if is_counted
            && let Some(state) = &self.state
            && let Err(error) = state.lived(&self.session.id).await
        {
            log::warn!(session = self.session.id.as_str(); "{}", full_text(&error));
        }
    }

    /// Keeps the session's form for any engine, as it is after all that was kept before.
    pub async fn keep_portable(&self, shipped: Option<workers::State>) -> Result<(), String> {
        let (Some(state), Some(shipped)) = (&self.state, shipped) else {
            return Err("the worker sent none".to_owned());
        };
        if shipped.form != workers::Form::Portable {
            return Err("the worker sent another form".to_owned());
        }
        let engine = shipped.engine.unwrap_or_default();
        let kept = Kept::Snapshot { form: SnapshotForm::Portable, engine, bytes: shipped.bytes };
        state.keep(&self.session.id, kept).await.map_err(|error| full_text(&error))
    }

    /// Notes that the worker died, of this command if one ran.
    pub async fn died(&self, cause: &str, command: Option<Fingerprint>) {
        self.session.deaths.lock().unwrap_or_else(PoisonError::into_inner).died(cause, command);
        if let Some(state) = &self.state {
            let noted = state.died(&self.session.id, cause, command.as_ref().map(|it| &it[..]));
            if let Err(error) = noted.await {
                log::warn!(session = self.session.id.as_str(); "{}", full_text(&error));
            }
        }
    }

    /// Notes that it is used.
    pub fn used(&self) {
        self.session.touch();
        if let Some(state) = &self.state {
            state.touch(&self.session.id, self.session.last_activity());
        }
    }
}

/// What an answer brings that is to be kept; an error if that is lost.
fn of_answer(
    shipped: Option<workers::State>,
    lost: Option<&str>,
) -> Result<(Option<Kept>, Brought), String> {
    if let Some(lost) = lost {
        return Err(lost.to_owned());
    }
    let Some(workers::State { form, engine, bytes }) = shipped else {
        return Ok((None, Brought::Nothing));
    };
    Ok(match form {
        workers::Form::Journal => (Some(Kept::Journal(bytes)), Brought::Entry),
        workers::Form::Fast => {
            let (form, engine) = (SnapshotForm::Fast, engine.unwrap_or_default());
            (Some(Kept::Snapshot { form, engine, bytes }), Brought::Whole)
        }
        // Shows what is kept already.
        workers::Form::Portable => (None, Brought::Nothing),
    })
}

/// An error with its cause and what to do about it.
pub fn full_text(error: &StateError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    match error.hint() {
        Some(hint) => format!("{text} ({hint})"),
        None => text,
    }
}
