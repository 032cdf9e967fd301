//! `GET /v1/ping`: is it there?

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{Ping, paths};

use super::state::Shared;

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::PING,
        get_with(ping, |op| op.summary("Whether it is there").response::<200, Json<Ping>>()),
    )
}

async fn ping(State(state): State<Shared>) -> Json<Ping> {
    Json(Ping {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        uptime_seconds: state.started.elapsed().as_secs_f64(),
    })
}
