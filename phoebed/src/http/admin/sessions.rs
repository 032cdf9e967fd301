//! `GET /v1/sessions` and `GET /v1/sessions/{id}`: the sessions.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{self, RunningCommand, SessionList, SessionState, paths};

use super::docs;
use super::error::AdminError;
use super::segment::Segment;
use super::state::Shared;
use crate::http::docs::path_parameter;
use crate::sessions::{Activity, Session, Sessions, unix_seconds};

/// How old a measurement of memory may be: each worker is sampled once a minute.
const MEMORY_AGE: Duration = Duration::from_secs(75);

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            paths::SESSIONS,
            get_with(list, |op| op.summary("Every session").response::<200, Json<SessionList>>()),
        )
        .api_route(
            paths::SESSION,
            get_with(show, |op| {
                let op = path_parameter(op.summary("One session"), "id", "The session's id");
                docs::errors(op.response::<200, Json<admin::Session>>(), &[404])
            }),
        )
}

async fn list(State(state): State<Shared>) -> Json<SessionList> {
    let mut live = state.sessions.all();
    live.sort_by(|a, b| a.created_at.total_cmp(&b.created_at).then_with(|| a.id.cmp(&b.id)));
    let mut sessions = Vec::with_capacity(live.len());
    for session in live {
        sessions.push(on_the_wire(&state.sessions, &session).await);
    }
    Json(SessionList { sessions })
}

async fn show(
    State(state): State<Shared>,
    Segment(id): Segment,
) -> Result<Json<admin::Session>, AdminError> {
    match state.sessions.find(&id) {
        Some(session) => Ok(Json(on_the_wire(&state.sessions, &session).await)),
        None => Err(AdminError::NoSession(id)),
    }
}

/// The session as it is now.
pub async fn on_the_wire(sessions: &Sessions, session: &Session) -> admin::Session {
    let worker = session.worker();
    let memory = match &worker {
        Some(worker) => worker.memory.measure(MEMORY_AGE).await.ok().or(worker.memory.last()),
        None => None,
    };
    let (state, running, idle) = match session.activity() {
        Activity::Hibernated => (SessionState::Hibernated, None, session.unused_for()),
        Activity::Waking => (SessionState::Waking, None, Duration::ZERO),
        Activity::Idle { since } => (SessionState::Idle, None, since.elapsed()),
        Activity::Running { command, since, overdue } => {
            let state = if overdue { SessionState::Overdue } else { SessionState::Busy };
            let since = unix_seconds(since);
            (state, Some(RunningCommand { command, since }), Duration::ZERO)
        }
    };
    admin::Session {
        session_id: session.id.clone(),
        user_id: session.user_id.clone(),
        full_name: session.full_name.clone(),
        state,
        running,
        waiting_commands: session.waiting(),
        created_at: session.created_at,
        last_activity: session.last_activity(),
        idle_seconds: idle.as_secs_f64(),
        port: worker.as_ref().map(|worker| worker.port),
        pid: worker.as_ref().map(|worker| worker.pid),
        memory_mib: memory,
        client_ip: session.client.ip.clone(),
        user_agent: session.client.user_agent.clone(),
        project_name: session.project_name.clone(),
        terminates_at: sessions.terminates_at(session),
        worker_died: session.worker_died(),
    }
}
