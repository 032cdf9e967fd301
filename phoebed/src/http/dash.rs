//! Sessions and ports: `/dash/…`.

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use futures_util::StreamExt;
use futures_util::stream;
use phoebed_common::api::{
    EndSession, MemUsed, PortStatus, SessionMemory, SessionObject, SessionStatus,
    Sessions as SessionList, StartSessionBody, ValidationErrorItem,
};

use super::authenticated::{Authenticated, check_again};
use super::body::MetadataBody;
use super::client_address::ClientAddress;
use super::docs;
use super::error::ApiError;
use super::session_id::SessionId;
use super::state::Shared;
use crate::sessions::{Asked, Client, EndReason, Session, StartRequest};

/// How old a measurement of memory may be; measuring takes some milliseconds a session.
const MEMORY_AGE: Duration = Duration::from_secs(5);
/// As above for a new session, whose worker was measured while it waited as a spare.
const MEMORY_AGE_AT_START: Duration = Duration::from_secs(15);

/// Memory of so many sessions is measured at the same time.
const MEASURED_AT_A_TIME: usize = 8;

/// Whose sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Own,
    All,
}

impl FromRequestParts<Shared> for Scope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let given = query.split('&').filter_map(|pair| pair.strip_prefix("scope=")).next_back();
        match given {
            None | Some("own") => Ok(Self::Own),
            Some("all") => Ok(Self::All),
            Some(_) => Err(ValidationErrorItem::not_one_of("scope", &["own", "all"]).into()),
        }
    }
}

impl aide::OperationInput for Scope {}

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            "/dash/sessions",
            get_with(list, |op| {
                let op = docs::authenticated(op, "sessions", "The caller's sessions, by id");
                let about = "`all`: those of everybody, for instructors and administrators";
                let op = docs::choice_parameter(op, "scope", about, &["own", "all"]);
                docs::errors(op.response::<200, Json<SessionList>>(), &[403, 422])
            }),
        )
        .api_route(
            "/dash/start-session",
            post_with(start, |op| {
                let op = docs::authenticated(op, "sessions", "Start a session");
                let op = docs::optional_json_body::<StartSessionBody>(op);
                let op = op.response::<200, Json<SessionObject>>();
                docs::errors(op, &[429, 503])
            }),
        )
        .api_route(
            "/dash/end-session/{session_id}",
            post_with(end, |op| {
                let op = docs::session_operation(op, "sessions", "End a session");
                docs::errors(op.response::<200, Json<EndSession>>(), &[])
            }),
        )
        .api_route(
            "/dash/sessions/{session_id}/hibernate",
            post_with(hibernate, |op| {
                let about = "Free a session's worker; the next command wakes it as it was";
                let op = docs::session_operation(op, "sessions", about);
                docs::errors(op.response::<200, Json<SessionObject>>(), &[409])
            }),
        )
        .api_route(
            "/dash/session-memory",
            get_with(memory, |op| {
                let op =
                    docs::authenticated(op, "sessions", "Memory of the caller's sessions, in MiB");
                docs::errors(op.response::<200, Json<SessionMemory>>(), &[])
            }),
        )
        .api_route(
            "/dash/session-memory/{session_id}",
            post_with(memory_of_one, |op| {
                let op = docs::session_operation(op, "sessions", "Memory of a session, in MiB");
                docs::errors(op.response::<200, Json<MemUsed>>(), &[])
            }),
        )
        .api_route(
            "/dash/port-status",
            get_with(ports, |op| {
                let op = docs::authenticated(op, "sessions", "Ports of the pool");
                docs::errors(op.response::<200, Json<PortStatus>>(), &[])
            }),
        )
}

async fn list(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    scope: Scope,
) -> Result<Json<SessionList>, ApiError> {
    let sessions = match scope {
        Scope::Own => state.sessions.own(&caller),
        Scope::All if caller.sees_all_sessions => state.sessions.all(),
        Scope::All => {
            return Err(ApiError::Forbidden(
                "Only instructors and administrators see the sessions of others",
            ));
        }
    };
    let object = |session: &Session, mem_used| session_object(&state, session, mem_used);
    let objects = measured(sessions, object).await;
    Ok(Json(objects.collect()))
}

async fn start(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    MetadataBody(metadata): MetadataBody,
) -> Result<Json<SessionObject>, ApiError> {
    if state.drain.is_on() {
        return Err(ApiError::Draining);
    }
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let client = Client {
        ip: address.0.map(|address| address.to_string()),
        user_agent: agent.map(str::to_owned),
    };
    let request = StartRequest { caller, client, project_name: metadata.project_name };
    let session = state.sessions.start(request).await?;
    // The worker may have taken its time.
    if state.drain.is_on() {
        return Err(ApiError::Draining);
    }
    // An account that went meanwhile leaves no session behind: one that goes from here on ends those
    // that are listed.
    check_again(&headers, &state).await?;
    let mem_used = memory_used(&session, MEMORY_AGE_AT_START).await;
    let object = session_object(&state, &session, mem_used);
    session.claim();
    Ok(Json(object))
}

async fn end(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    SessionId(id): SessionId,
) -> Result<Json<EndSession>, ApiError> {
    let session = state.sessions.get(&caller, &id)?;
    match state.sessions.end(&session, EndReason::Manual).await {
        Asked::NotEnded => Err(ApiError::NotEnded),
        Asked::Done | Asked::InUse => Ok(Json(EndSession::default())),
    }
}

async fn hibernate(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    SessionId(id): SessionId,
) -> Result<Json<SessionObject>, ApiError> {
    let session = state.sessions.get(&caller, &id)?;
    if !state.sessions.are_kept() {
        return Err(ApiError::Conflict(
            "Sessions cannot hibernate on this server: nothing is kept (session.durability)",
        ));
    }
    if state.sessions.hibernate(&session).await == Asked::InUse {
        return Err(ApiError::Conflict("The session is busy; hibernate it when it is idle"));
    }
    Ok(Json(session_object(&state, &session, 0.0)))
}

async fn memory(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
) -> Json<SessionMemory> {
    let list = measured(state.sessions.own(&caller), |_, mem_used| mem_used).await;
    Json(list.collect())
}

async fn memory_of_one(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    SessionId(id): SessionId,
) -> Result<Json<MemUsed>, ApiError> {
    let session = state.sessions.get(&caller, &id)?;
    Ok(Json(MemUsed { mem_used: memory_used(&session, Duration::ZERO).await }))
}

async fn ports(_: Authenticated, State(state): State<Shared>) -> Json<PortStatus> {
    let counts = state.sessions.pool().ports();
    let reserved = counts.reserved.len();
    Json(PortStatus {
        total_ports: counts.total,
        reserved_ports: reserved,
        available_ports: counts.total - reserved,
        reserved_port_list: counts.reserved,
        port_range: format!("{}-{}", counts.first_last.0, counts.first_last.1),
    })
}

/// What is made of each session and its memory in MiB, by id. Several are measured at a time.
async fn measured<T>(
    sessions: Vec<Arc<Session>>,
    make: impl Fn(&Session, f64) -> T,
) -> impl Iterator<Item = (String, T)> {
    let measures = sessions.into_iter().map(async |session| {
        let mem_used = memory_used(&session, MEMORY_AGE).await;
        (session, mem_used)
    });
    let measured: Vec<_> = stream::iter(measures).buffered(MEASURED_AT_A_TIME).collect().await;
    measured
        .into_iter()
        .map(move |(session, mem_used)| (session.id.clone(), make(&session, mem_used)))
}

/// In MiB; 0 without a worker.
async fn memory_used(session: &Session, max_age: Duration) -> f64 {
    let Some(worker) = session.worker() else { return 0.0 };
    match worker.memory.measure(max_age).await {
        Ok(mib) => mib,
        // It just died.
        Err(_gone) => worker.memory.last().unwrap_or_default(),
    }
}

fn session_object(state: &Shared, session: &Session, mem_used: f64) -> SessionObject {
    let port = session.worker().map(|worker| worker.port);
    let is_awake = session.is_awake();
    SessionObject {
        session_id: session.id.clone(),
        created_at: session.created_at,
        last_activity: session.last_activity(),
        mem_used,
        port,
        user_id: session.user_id.clone(),
        full_name: session.full_name.clone(),
        project_name: session.project_name.clone(),
        status: if is_awake { SessionStatus::Active } else { SessionStatus::Hibernated },
        terminates_at: state.sessions.terminates_at(session),
        worker_died: session.worker_died(),
    }
}
