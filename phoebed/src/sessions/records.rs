//! What is written of sessions into the log database. Records are handed over and never waited
//! for.

use std::borrow::Cow;
use std::time::{Instant, SystemTime};

use super::lifecycle::{EndReason, Running};
use super::session::{CommandError, CommandInProgress, Session, unix_seconds};
use crate::store::events::{CommandDone, SessionActivity, SessionEnded, SessionStarted};
use crate::store::{Store, StoreEvent};

/// Writes records of sessions; cheap to clone.
#[derive(Clone)]
pub struct Records(Store);

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Records").field(&self.0.path()).finish()
    }
}

impl Records {
    /// Records go to this store.
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    pub(super) fn started(&self, session: &Session) {
        self.0.record(StoreEvent::SessionStarted(SessionStarted {
            session_id: session.id.clone(),
            user_id: session.user_id.clone(),
            full_name: session.full_name.clone(),
            created_at: unix_seconds(session.created_at),
            port: Some(session.port),
            client_ip: session.client.ip.clone(),
            user_agent: session.client.user_agent.clone(),
            project_name: session.project_name.as_ref().map(|json| json.text().to_owned()),
        }));
    }

    pub(super) fn ended(&self, session: &Session, reason: EndReason, detail: Option<String>) {
        self.0.record(StoreEvent::SessionEnded(SessionEnded {
            session_id: session.id.clone(),
            destroyed_at: unix_seconds(SystemTime::now()),
            reason: Cow::Borrowed(reason.as_str()),
            detail,
        }));
    }

    pub(super) fn answered(
        &self,
        session: &Session,
        name: &str,
        at: SystemTime,
        since: Instant,
        result: Result<(), &Option<String>>,
    ) {
        let error = result.err().map(|text| text.as_deref().unwrap_or("unknown error"));
        self.write(session, name, at, since, error.map(str::to_owned));
    }

    pub(super) fn command(
        &self,
        session: &Session,
        name: &str,
        at: SystemTime,
        since: Instant,
        result: Result<(), &CommandError>,
    ) {
        self.write(session, name, at, since, result.err().map(ToString::to_string));
    }

    pub(super) fn timed_out(&self, session: &Session, running: &Running) {
        let error = Some("Worker timed out".to_owned());
        self.write(session, &running.command, running.since_wall, running.since, error);
    }

    pub(super) fn interrupted(
        &self,
        session: &Session,
        running: Option<CommandInProgress>,
        error: &CommandError,
    ) {
        if let Some(CommandInProgress { command, since }) = running {
            let took = since.elapsed().unwrap_or_default();
            let began = Instant::now().checked_sub(took).unwrap_or_else(Instant::now);
            self.write(session, &command, since, began, Some(error.to_string()));
        }
    }

    fn write(
        &self,
        session: &Session,
        name: &str,
        at: SystemTime,
        since: Instant,
        error: Option<String>,
    ) {
        self.0.record(StoreEvent::Command(CommandDone {
            session_id: session.id.clone(),
            timestamp: unix_seconds(at),
            command_name: name.to_owned(),
            success: error.is_none(),
            execution_time_ms: since.elapsed().as_secs_f64() * 1e3,
            error_message: error,
        }));
        self.0.record(StoreEvent::SessionActivity(SessionActivity {
            session_id: session.id.clone(),
            last_activity: session.last_activity(),
        }));
    }
}
