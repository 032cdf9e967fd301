//! `GET /v1/sessions/{id}/logs`: what the log database holds of a session.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use nix::unistd::geteuid;
use phoebed_common::admin::{DEFAULT_LOGS, LoggedCommand, LogsQuery, MOST_LOGS, SessionLog, paths};

use super::docs;
use super::error::AdminError;
use super::segment::Segment;
use super::state::Shared;
use crate::http::docs::{path_parameter, query_parameter};
use crate::logging;
use crate::store::CommandRecord;

/// How long an answer waits for records to be written.
const FLUSH_PATIENCE: Duration = Duration::from_millis(500);

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::SESSION_LOGS,
        get_with(logs, |op| {
            let op = op.summary("The latest commands of a session, live or ended");
            let op = path_parameter(op, "id", "The session's id");
            let description = format!("At most so many; {DEFAULT_LOGS} if absent");
            let op = query_parameter(op, "limit", &description, 1..=MOST_LOGS);
            docs::errors(op.response::<200, Json<SessionLog>>(), &[400, 404, 409, 503])
        }),
    )
}

async fn logs(
    State(state): State<Shared>,
    Segment(session_id): Segment,
    Limit(limit): Limit,
) -> Result<Json<SessionLog>, AdminError> {
    // What was answered just now may still be on its way into the file.
    let _ = tokio::time::timeout(FLUSH_PATIENCE, state.store.flush()).await;
    let commands = state.store.recent_commands(&session_id, limit).await?;
    let Some(commands) = commands.or(state.sessions.find(&session_id).map(|_| Vec::new())) else {
        return Err(AdminError::NoSession(session_id));
    };
    let commands = commands.into_iter().map(logged).collect();
    let journal_uid = logging::is_journal().then(|| geteuid().as_raw());
    Ok(Json(SessionLog { session_id, commands, journal_uid }))
}

fn logged(command: CommandRecord) -> LoggedCommand {
    LoggedCommand {
        timestamp: command.timestamp,
        command: command.command_name,
        success: command.success,
        execution_time_ms: command.execution_time_ms,
        error_message: command.error_message,
    }
}

/// How many records are asked for.
struct Limit(usize);

impl FromRequestParts<Shared> for Limit {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, AdminError> {
        let bad = |why: String| AdminError::BadRequest(format!("the query: {why}"));
        let query = Query::<LogsQuery>::try_from_uri(&parts.uri);
        let Query(LogsQuery { limit }) = query.map_err(|error| bad(error.body_text()))?;
        match limit.unwrap_or(DEFAULT_LOGS) {
            limit if (1..=MOST_LOGS).contains(&limit) => Ok(Self(limit)),
            limit => Err(bad(format!("limit {limit} is not 1 to {MOST_LOGS}"))),
        }
    }
}

// The route describes the parameter itself.
impl aide::OperationInput for Limit {}
