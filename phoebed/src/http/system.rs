//! The service itself: `/`, `/health`, `/ready`, `/system/passbands`.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use phoebed_common::api::{Health, PassbandsAnswer, Ready, ServiceInfo};

use super::authenticated::Authenticated;
use super::docs;
use super::error::ApiError;
use super::state::Shared;
use crate::workers::{StartError, ZygoteState};

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            "/",
            get_with(service, |op| {
                docs::operation(op, "system", "What answers here")
                    .response::<200, Json<ServiceInfo>>()
            }),
        )
        .api_route(
            "/health",
            get_with(health, |op| {
                docs::operation(op, "system", "Whether the daemon is alive; answers at once")
                    .response::<200, Json<Health>>()
            }),
        )
        .api_route(
            "/ready",
            get_with(ready, |op| {
                let op = docs::operation(op, "system", "Whether sessions start at once");
                docs::errors(op.response::<200, Json<Ready>>(), &[503])
            }),
        )
        .api_route(
            "/system/passbands",
            get_with(passbands, |op| {
                let op = docs::authenticated(op, "system", "Passbands that the engine has");
                docs::errors(op.response::<200, Json<PassbandsAnswer>>(), &[])
            }),
        )
}

async fn service() -> Json<ServiceInfo> {
    Json(ServiceInfo::new(env!("CARGO_PKG_VERSION")))
}

async fn health() -> Json<Health> {
    Json(Health::default())
}

async fn ready(State(state): State<Shared>) -> Result<Json<Ready>, ApiError> {
    if state.drain.is_on() {
        return Err(ApiError::Draining);
    }
    match state.sessions.pool().zygote() {
        ZygoteState::Ready { .. } => Ok(Json(Ready::default())),
        ZygoteState::Warming => Err(StartError::EngineWarming.into()),
        ZygoteState::Failed { cause } => Err(StartError::Engine(cause).into()),
        ZygoteState::Stopped => Err(StartError::ShuttingDown.into()),
    }
}

async fn passbands(
    Authenticated(_): Authenticated,
    State(state): State<Shared>,
) -> Result<Json<PassbandsAnswer>, ApiError> {
    let wait = state.settings.borrow().engine_wait;
    let engine = state.sessions.pool().engine(wait).await?;
    Ok(Json(PassbandsAnswer::new(engine.passbands.iter().cloned())))
}
