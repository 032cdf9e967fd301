//! What is written of sessions into the log database. Records are handed over and never waited
//! for.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::command::CommandError;
use super::lifecycle::{EndReason, Running};
use super::registry::Sessions;
use super::session::{Session, unix_seconds};
use crate::audit::{Entry, Event};
use crate::store::events::{
    CommandDone, MemorySample, SessionActivity, SessionChanged, SessionEnded, SessionStarted,
    status,
};
use crate::store::{RecreateReport, Store, StoreError, StoreEvent};

/// A measurement this young need not be made again.
const FRESH: Duration = Duration::from_secs(1);

/// Writes records of sessions; cheap to clone.
#[derive(Debug, Clone)]
pub struct Records(Store);

impl Records {
    /// Records go to this store.
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    pub(super) fn started(&self, session: &Session) {
        self.0.record(StoreEvent::SessionStarted(started(session)));
        of_session(Event::SessionStarted, session).record(&self.0);
    }

    /// It has a worker again.
    pub(super) fn woken(&self, session: &Session, port: u16) {
        // Registered anew: after a crash its row says that it ended.
        let started = SessionStarted { port: Some(port), ..started(session) };
        self.0.record(StoreEvent::SessionStarted(started));
    }

    /// It has no worker any more.
    pub(super) fn hibernated(&self, session: &Session) {
        self.0.record(StoreEvent::SessionChanged(SessionChanged {
            session_id: session.id.clone(),
            status: Cow::Borrowed(status::HIBERNATED),
            port: None,
        }));
    }

    pub(super) fn ended(&self, session: &Session, reason: EndReason, detail: Option<String>) {
        self.0.record(StoreEvent::SessionEnded(SessionEnded {
            session_id: session.id.clone(),
            destroyed_at: unix_seconds(SystemTime::now()),
            reason: Cow::Borrowed(reason.as_str()),
            detail,
        }));
        of_session(Event::SessionEnded, session).detail(reason.as_str()).record(&self.0);
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

    pub(super) fn timed_out(&self, session: &Session, running: &Running) {
        let error = Some("Worker timed out".to_owned());
        self.write(session, &running.command, running.since_wall, running.since, error);
    }

    pub(super) fn interrupted(&self, session: &Session, running: &Running, error: &CommandError) {
        let error = Some(error.to_string());
        self.write(session, &running.command, running.since_wall, running.since, error);
    }

    /// Measures a session's worker and records it; nothing when the worker is gone.
    pub(super) async fn sample_memory(self, session: Arc<Session>) {
        let Some(worker) = session.worker() else { return };
        if let Ok(memory_used_mb) = worker.memory.measure(FRESH).await {
            self.0.record(StoreEvent::Metric(MemorySample {
                session_id: session.id.clone(),
                timestamp: unix_seconds(SystemTime::now()),
                memory_used_mb,
            }));
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
        self.used(session);
    }

    fn used(&self, session: &Session) {
        self.0.record(StoreEvent::SessionActivity(SessionActivity {
            session_id: session.id.clone(),
            last_activity: session.last_activity(),
        }));
    }
}

fn of_session(event: Event, session: &Session) -> Entry {
    let entry = Entry::of(event).session(&session.id).from(session.client.ip.clone());
    match &session.user_id {
        Some(user_id) => entry.user(user_id),
        None => entry,
    }
}

fn started(session: &Session) -> SessionStarted {
    SessionStarted {
        session_id: session.id.clone(),
        user_id: session.user_id.clone(),
        full_name: session.full_name.clone(),
        created_at: session.created_at,
        port: session.worker().map(|worker| worker.port),
        client_ip: session.client.ip.clone(),
        user_agent: session.client.user_agent.clone(),
        project_name: session.project_name.as_ref().map(|json| json.text().to_owned()),
    }
}

impl Sessions {
    /// Replaces the log database by a fresh one in which the sessions are registered. They
    /// are counted at the moment of the change, so none that starts meanwhile is lost.
    pub async fn recreate_log(&self) -> Result<RecreateReport, StoreError> {
        let sessions = self.clone();
        let live = move || sessions.all().iter().map(|session| started(session)).collect();
        let report = self.records.0.recreate(live).await?;
        self.all().iter().for_each(|session| self.records.used(session));
        Ok(report)
    }
}
