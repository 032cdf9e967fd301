//! `GET /v1/audit`: who did what.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{AuditLog, AuditQuery, AuditRecord, DEFAULT_AUDIT, MOST_AUDIT, paths};

use super::docs;
use super::error::AdminError;
use super::query::AdminQuery;
use super::state::Shared;
use crate::http::docs::{query_parameter, text_parameter};
use crate::store::{AuditFilter, AuditRecord as Row};

/// How long the answer waits for records to be written.
const FLUSH_PATIENCE: Duration = Duration::from_millis(500);

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::AUDIT,
        get_with(audit, |op| {
            let op = op.summary("Who did what, newest first");
            let op = text_parameter(op, "user", "By or about this user, an id or email");
            let op = text_parameter(op, "event", "Of this event");
            let op = text_parameter(op, "since", "Since then, Unix seconds");
            let description = format!("At most so many; {DEFAULT_AUDIT} if absent");
            let op = query_parameter(op, "limit", &description, 1..=MOST_AUDIT);
            docs::errors(op.response::<200, Json<AuditLog>>(), &[400, 409, 503])
        }),
    )
}

async fn audit(
    State(state): State<Shared>,
    AdminQuery(query): AdminQuery<AuditQuery>,
) -> Result<Json<AuditLog>, AdminError> {
    let AuditQuery { user, event, since, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_AUDIT);
    if !(1..=MOST_AUDIT).contains(&limit) {
        let why = format!("the query: limit {limit} is not 1 to {MOST_AUDIT}");
        return Err(AdminError::BadRequest(why));
    }
    // What happened just now may still be on its way into the file.
    let _ = tokio::time::timeout(FLUSH_PATIENCE, state.store.flush()).await;
    let rows = state.store.audit(AuditFilter { user, event, since, limit }).await?;
    Ok(Json(AuditLog { records: rows.into_iter().map(on_the_wire).collect() }))
}

fn on_the_wire((id, row): (i64, Row)) -> AuditRecord {
    let Row { timestamp, event, actor, user_id, email, session_id, client_ip, success, detail } =
        row;
    AuditRecord {
        id,
        timestamp,
        event,
        actor,
        user_id,
        email,
        session_id,
        client_ip,
        success,
        detail,
    }
}
