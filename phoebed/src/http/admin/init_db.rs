//! `POST /v1/init-db`: the log database made, or made afresh with the live sessions in it.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{InitDbOutcome, InitDbRequest, paths};

use super::body::JsonBody;
use super::docs;
use super::error::AdminError;
use super::state::Shared;
use crate::http::docs::optional_json_body;
use crate::store::RecreateReport;

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::INIT_DB,
        post_with(init_db, |op| {
            let op = op.summary("Make the log database; with force, afresh");
            let op = optional_json_body::<InitDbRequest>(op);
            docs::errors(op.response::<200, Json<InitDbOutcome>>(), &[400, 403, 409, 503])
        }),
    )
}

async fn init_db(
    State(state): State<Shared>,
    JsonBody(InitDbRequest { force }): JsonBody<InitDbRequest>,
) -> Result<Json<InitDbOutcome>, AdminError> {
    let path = state.store.path().to_owned();
    let is_there = tokio::fs::metadata(&path).await.is_ok_and(|meta| meta.len() > 0);
    let path = path.display().to_string();
    if is_there && !force {
        return Ok(Json(InitDbOutcome::Kept { path }));
    }
    let sessions = state.sessions.clone();
    // In a task of its own: the writer does it even if the client leaves.
    let recreated = tokio::spawn(async move { sessions.recreate_log().await }).await;
    let report = recreated.map_err(|error| AdminError::Internal(error.to_string()))??;
    log::info!("the log database was made afresh: {report:?}");
    Ok(Json(if is_there { recreated_as(path, report) } else { InitDbOutcome::Created { path } }))
}

/// What was done, on the wire.
pub fn recreated_as(path: String, report: RecreateReport) -> InitDbOutcome {
    InitDbOutcome::Recreated {
        path,
        backup: report.backup.map(|backup| backup.display().to_string()),
        users_only_in_backup: report.users_only_in_backup,
        sessions_only_in_backup: report.sessions_only_in_backup,
        live_registered: report.sessions_registered as u64,
    }
}
