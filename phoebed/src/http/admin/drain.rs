//! `POST /v1/drain` and `POST /v1/undrain`: whether new sessions are taken.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{DrainAnswer, paths};

use super::docs;
use super::state::{AdminState, Shared};
use super::status::sessions_at_work;

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            paths::DRAIN,
            post_with(drain, |op| {
                let op = op.summary("Take no new sessions; what runs goes on");
                docs::errors(op.response::<200, Json<DrainAnswer>>(), &[403])
            }),
        )
        .api_route(
            paths::UNDRAIN,
            post_with(undrain, |op| {
                let op = op.summary("Take new sessions again");
                docs::errors(op.response::<200, Json<DrainAnswer>>(), &[403])
            }),
        )
}

async fn drain(State(state): State<Shared>) -> Json<DrainAnswer> {
    Json(switch(&state, true))
}

async fn undrain(State(state): State<Shared>) -> Json<DrainAnswer> {
    Json(switch(&state, false))
}

fn switch(state: &AdminState, on: bool) -> DrainAnswer {
    let changed = state.drain.switch(on);
    if changed {
        let said =
            if on { "draining: no new sessions are taken" } else { "sessions are taken again" };
        log::info!("an operator asked for it: {said}");
    }
    DrainAnswer { draining: on, changed, running: sessions_at_work(&state.sessions) }
}
