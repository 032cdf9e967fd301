//! The authentication step: an extractor that every route which needs a caller takes, and the
//! routes that tell how to authenticate. Mode `none` is built; the daemon refuses to start in
//! the others.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use phoebed_common::api::{AuthConfig, AuthMode, LoginBody, RegisterBody, TokenAnswer, UserInfo};

use super::body::AuthBody;
use super::docs;
use super::error::ApiError;
use super::state::Shared;
use crate::sessions::Caller;

/// Who asks. A handler that takes it cannot be reached without authentication.
#[derive(Debug)]
pub struct Authenticated(pub Caller);

impl FromRequestParts<Shared> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, state: &Shared) -> Result<Self, ApiError> {
        match state.auth_mode {
            AuthMode::None => Ok(Self(Caller::anonymous())),
            // The start refuses these modes, so that nothing is open by mistake.
            AuthMode::Password | AuthMode::Jwt | AuthMode::External => {
                Err(ApiError::Unauthorized("This authentication mode is not available".into()))
            }
        }
    }
}

impl aide::OperationInput for Authenticated {}

/// `/auth/…`
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            "/auth/config",
            get_with(config, |op| {
                docs::operation(op, "auth", "How to authenticate")
                    .response::<200, Json<AuthConfig>>()
            }),
        )
        .api_route(
            "/auth/me",
            get_with(me, |op| {
                let op = docs::operation(op, "auth", "Who the caller is");
                docs::errors(op.response::<200, Json<UserInfo>>(), &[401, 404])
            }),
        )
        .api_route(
            "/auth/register",
            post_with(register, |op| {
                let op = docs::operation(op, "auth", "Make an account (mode jwt)");
                let op = docs::json_body::<RegisterBody>(op);
                docs::errors(op.response::<200, Json<TokenAnswer>>(), &[404, 409])
            }),
        )
        .api_route(
            "/auth/login",
            post_with(login, |op| {
                let op = docs::operation(op, "auth", "Get a token (modes jwt and password)");
                let op = docs::json_body::<LoginBody>(op);
                docs::errors(op.response::<200, Json<TokenAnswer>>(), &[401, 403, 404])
            }),
        )
}

async fn config(State(state): State<Shared>) -> Json<AuthConfig> {
    Json(AuthConfig { mode: state.auth_mode })
}

async fn me(Authenticated(_): Authenticated) -> ApiError {
    ApiError::NotFound("Not available in current auth mode")
}

async fn register(AuthBody(members): AuthBody) -> Result<(), ApiError> {
    RegisterBody::from_members(&members).map_err(ApiError::Invalid)?;
    Err(ApiError::NotFound("Registration is only available in jwt auth mode"))
}

async fn login(AuthBody(members): AuthBody) -> Result<(), ApiError> {
    LoginBody::from_members(&members).map_err(ApiError::Invalid)?;
    Err(ApiError::NotFound("Login is only available in jwt auth mode"))
}
