//! `/auth/…`: how to authenticate, and what users do with their accounts.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::{Extension, State};
use phoebed_common::api::{
    AuthConfig, ChangePasswordBody, DeleteAccountBody, Done, LoginBody, RegisterBody, TokenAnswer,
    TokenType, UserInfo,
};

use super::authenticated::Identified;
use super::body::AuthBody;
use super::client_address::ClientAddress;
use super::docs;
use super::error::ApiError;
use super::state::Shared;
use crate::auth::{AuthError, Identity, NewAccount, Proof, Token};
use crate::sessions::EndReason;

/// The routes.
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
            "/auth/register",
            post_with(register, |op| {
                let op = docs::operation(op, "auth", "Make an account (mode jwt)");
                let op = docs::json_body::<RegisterBody>(op);
                docs::errors(op.response::<200, Json<TokenAnswer>>(), &[403, 404, 409, 429])
            }),
        )
        .api_route(
            "/auth/login",
            post_with(login, |op| {
                let op = docs::operation(op, "auth", "Get a token (modes jwt and password)");
                let op = docs::json_body::<LoginBody>(op);
                docs::errors(op.response::<200, Json<TokenAnswer>>(), &[401, 403, 404, 429])
            }),
        )
        .api_route(
            "/auth/me",
            get_with(me, |op| {
                let op = docs::authenticated(op, "auth", "Who the caller is");
                docs::errors(op.response::<200, Json<UserInfo>>(), &[401, 404, 503])
            }),
        )
        .api_route(
            "/auth/change-password",
            post_with(change_password, |op| {
                let op = docs::authenticated(op, "auth", "Set another password (mode jwt)");
                let op = docs::json_body::<ChangePasswordBody>(op);
                docs::errors(op.response::<200, Json<TokenAnswer>>(), &[401, 404, 429])
            }),
        )
        .api_route(
            "/auth/logout-everywhere",
            post_with(log_out_everywhere, |op| {
                let summary = "Make every token of the caller void (mode jwt)";
                let op = docs::authenticated(op, "auth", summary);
                docs::errors(op.response::<200, Json<Done>>(), &[401, 404, 503])
            }),
        )
        .api_route(
            "/auth/delete-account",
            post_with(delete_account, |op| {
                let summary = "Delete the account, its sessions and its records (mode jwt)";
                let op = docs::authenticated(op, "auth", summary);
                let op = docs::json_body::<DeleteAccountBody>(op);
                docs::errors(op.response::<200, Json<Done>>(), &[401, 404, 429])
            }),
        )
}

async fn config(State(state): State<Shared>) -> Json<AuthConfig> {
    Json(AuthConfig { mode: state.auth.mode().into() })
}

async fn register(
    State(state): State<Shared>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    AuthBody(members): AuthBody,
) -> Result<Json<TokenAnswer>, ApiError> {
    let body = RegisterBody::from_members(&members).map_err(ApiError::Invalid)?;
    let proof = Proof { email: body.email, password: body.password, address };
    let account = NewAccount { proof, first_name: body.first_name, last_name: body.last_name };
    Ok(answer(state.auth.register(account).await?))
}

async fn login(
    State(state): State<Shared>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    AuthBody(members): AuthBody,
) -> Result<Json<TokenAnswer>, ApiError> {
    let body = LoginBody::from_members(&members).map_err(ApiError::Invalid)?;
    let proof = Proof { email: body.email, password: body.password, address };
    Ok(answer(state.auth.login(proof).await?))
}

async fn me(caller: Identified) -> Result<Json<UserInfo>, ApiError> {
    Ok(Json(user_info(caller.known()?)))
}

async fn change_password(
    caller: Identified,
    State(state): State<Shared>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    AuthBody(members): AuthBody,
) -> Result<Json<TokenAnswer>, ApiError> {
    let body = ChangePasswordBody::from_members(&members).map_err(ApiError::Invalid)?;
    let identity = caller.known()?;
    let proof = Proof { email: identity.email.clone(), password: body.current_password, address };
    Ok(answer(state.auth.change_password(&identity, proof, body.new_password).await?))
}

async fn log_out_everywhere(
    caller: Identified,
    State(state): State<Shared>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
) -> Result<Json<Done>, ApiError> {
    state.auth.log_out_everywhere(&caller.known()?, address).await?;
    Ok(Json(Done { success: true }))
}

async fn delete_account(
    caller: Identified,
    State(state): State<Shared>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    AuthBody(members): AuthBody,
) -> Result<Json<Done>, ApiError> {
    let body = DeleteAccountBody::from_members(&members).map_err(ApiError::Invalid)?;
    let identity = caller.known()?;
    let proof = Proof { email: identity.email.clone(), password: body.password, address };
    // In a task of its own: a client that leaves does not leave an account half deleted.
    let deletion = tokio::spawn(async move {
        let account = state.auth.prove_account(&identity, proof).await?;
        state.sessions.end_of_user(&identity.user_id, EndReason::Manual).await;
        if let Err(error) = state.sessions.jobs().forget_user(&identity.user_id).await {
            log::error!(user = identity.user_id.as_str(); "jobs of a deleted account are kept: {error}");
        }
        state.auth.delete_account(account).await
    });
    deletion.await.unwrap_or(Err(AuthError::Unavailable))?;
    Ok(Json(Done { success: true }))
}

fn answer(token: Token) -> Json<TokenAnswer> {
    Json(TokenAnswer {
        access_token: token.access_token,
        token_type: TokenType::Bearer,
        user: user_info(token.identity),
    })
}

fn user_info(identity: Identity) -> UserInfo {
    let Identity { user_id, email, full_name, role } = identity;
    UserInfo { user_id, email, full_name, role }
}
