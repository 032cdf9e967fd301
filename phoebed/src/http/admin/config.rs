//! `GET /v1/config`: the configuration in force.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{ConfigAnswer, paths};

use super::state::Shared;

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::CONFIG,
        get_with(config, |op| {
            op.summary("The configuration in force").response::<200, Json<ConfigAnswer>>()
        }),
    )
}

async fn config(State(state): State<Shared>) -> Json<ConfigAnswer> {
    Json(ConfigAnswer::from(&state.reloader.in_force().config))
}
