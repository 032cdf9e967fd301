//! `POST /v1/shutdown`: the same as SIGTERM.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use phoebed_common::admin::{ShutdownAnswer, paths};

use super::docs;
use super::state::Shared;

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::SHUTDOWN,
        post_with(shutdown, |op| {
            let op = op.summary("Stop the daemon, as SIGTERM does");
            docs::errors(op.response::<202, Json<ShutdownAnswer>>(), &[403])
        }),
    )
}

async fn shutdown(State(state): State<Shared>) -> (StatusCode, Json<ShutdownAnswer>) {
    let answer = ShutdownAnswer {
        pid: std::process::id(),
        sessions: state.sessions.count(),
        socket_stays: state.socket_stays,
        grace_seconds: state.reloader.in_force().config.shutdown.grace.as_secs_f64(),
    };
    log::info!("an operator asked for it: shutting down");
    state.shutdown.cancel();
    (StatusCode::ACCEPTED, Json(answer))
}
