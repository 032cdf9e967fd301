//! `POST /v1/reload`: read the configuration again, as SIGHUP does.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::extract::State;
use axum::{Extension, Json};
use phoebed_common::admin::{Change, ReloadAnswer, Unchanged, paths};

use super::access::Credentials;
use super::docs;
use super::error::AdminError;
use super::state::Shared;
use crate::daemon::Reloaded;

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::RELOAD,
        post_with(reload, |op| {
            let op = op.summary("Read the configuration again: all of it counts, or nothing");
            docs::errors(op.response::<200, Json<ReloadAnswer>>(), &[403, 422])
        }),
    )
}

async fn reload(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
) -> Result<Json<ReloadAnswer>, AdminError> {
    let reloader = state.reloader.clone();
    // In a task of its own: a client that leaves does not leave half of it applied.
    let reload = tokio::spawn(async move { reloader.reload(&format!("reload by {peer}")).await });
    let reloaded = reload.await.map_err(|error| AdminError::Internal(error.to_string()))??;
    Ok(Json(answer(reloaded)))
}

fn answer(reloaded: Reloaded) -> ReloadAnswer {
    ReloadAnswer {
        file: reloaded.config.file.as_ref().map(|file| file.display().to_string()),
        warnings: reloaded.warnings().iter().map(ToString::to_string).collect(),
        applied: reloaded.applied.into_iter().map(Change::from).collect(),
        needs_restart: reloaded.needs_restart.into_iter().map(Change::from).collect(),
        unchanged: reloaded
            .unchanged
            .into_iter()
            .map(|entry| Unchanged { key: entry.key.to_owned(), value: entry.value })
            .collect(),
    }
}
