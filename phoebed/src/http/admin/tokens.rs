//! `/v1/tokens…`: tokens that operators make for scripts.

use std::collections::HashMap;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use axum::{Extension, Json};
use phoebed_common::admin::{
    Token, TokenList, TokenMade, TokenRequest, TokenRevoked, TokensQuery, paths,
};

use super::access::Credentials;
use super::body::JsonBody;
use super::docs;
use super::error::AdminError;
use super::query::AdminQuery;
use super::segment::Segment;
use super::state::Shared;
use super::users::{actor, find};
use crate::audit::{Entry, Event};
use crate::http::docs::{json_body, path_parameter, text_parameter};
use crate::store::{TokenRecord, unix_now};

/// The longest life of a token: ten years.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            paths::TOKENS,
            get_with(list, |op| {
                let op = op.summary("Tokens that were issued, revoked and expired ones too");
                let op = text_parameter(op, "user", "Those of this user, an id or email");
                docs::errors(op.response::<200, Json<TokenList>>(), &[400, 404, 409, 503])
            })
            .post_with(issue, |op| {
                let op = json_body::<TokenRequest>(op.summary("Issue a token (mode jwt)"));
                docs::errors(op.response::<200, Json<TokenMade>>(), &[400, 403, 404, 409, 503])
            }),
        )
        .api_route(
            paths::TOKEN_REVOKE,
            post_with(revoke, |op| {
                let op = path_parameter(op.summary("Make a token void"), "id", "The token's id");
                docs::errors(op.response::<200, Json<TokenRevoked>>(), &[403, 404, 409, 503])
            }),
        )
}

async fn list(
    State(state): State<Shared>,
    AdminQuery(TokensQuery { user }): AdminQuery<TokensQuery>,
) -> Result<Json<TokenList>, AdminError> {
    let user = match user {
        Some(user) => Some(find(&state, &user).await?.id),
        None => None,
    };
    let emails: HashMap<i64, String> =
        state.store.list_users().await?.into_iter().map(|user| (user.id, user.email)).collect();
    let email = |id| emails.get(&id).cloned().unwrap_or_default();
    let tokens = state.store.list_tokens(user).await?;
    let tokens = tokens.into_iter().map(|token| on_the_wire(email(token.user_id), token)).collect();
    Ok(Json(TokenList { tokens }))
}

async fn issue(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    JsonBody(request): JsonBody<TokenRequest>,
) -> Result<Json<TokenMade>, AdminError> {
    let TokenRequest { user, label, expires_in_seconds } = request;
    let user = find(&state, &user).await?;
    let lifetime = expires_in_seconds.map_or(state.auth.lifetime(), Duration::from_secs);
    if lifetime.is_zero() || lifetime > LONGEST {
        let why = "expires_in_seconds must be at least 1 and at most ten years".to_owned();
        return Err(AdminError::BadRequest(why));
    }
    let created_at = unix_now();
    let token = TokenRecord {
        id: uuid::Uuid::new_v4().to_string(),
        user_id: user.id,
        label,
        created_at,
        expires_at: created_at + lifetime.as_secs_f64(),
        revoked_at: None,
    };
    let made = state.auth.issue(&user, token.id.clone(), lifetime)?;
    if !state.store.add_token(token.clone()).await? {
        return Err(AdminError::NoUser(user.email));
    }
    let entry = Entry::of(Event::AdminAction).user(user.id.to_string()).actor(actor(&peer));
    let entry = entry.email(&user.email).detail(format!("token {} issued", token.id));
    entry.write(&state.store);
    Ok(Json(TokenMade { token: on_the_wire(user.email, token), access_token: made.access_token }))
}

async fn revoke(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    Segment(id): Segment,
) -> Result<Json<TokenRevoked>, AdminError> {
    if !state.store.revoke_token(&id).await? {
        return Err(AdminError::NoToken(id));
    }
    let tokens = state.store.list_tokens(None).await?;
    let token = tokens.into_iter().find(|token| token.id == id).ok_or(AdminError::NoToken(id))?;
    state.auth.user_changed(token.user_id);
    let user = state.store.user_by_id(token.user_id).await?;
    let entry = Entry::of(Event::AdminAction).user(token.user_id.to_string()).actor(actor(&peer));
    entry.detail(format!("token {} revoked", token.id)).write(&state.store);
    let email = user.map(|user| user.email).unwrap_or_default();
    Ok(Json(TokenRevoked { token: on_the_wire(email, token) }))
}

fn on_the_wire(email: String, token: TokenRecord) -> Token {
    let TokenRecord { id, user_id, label, created_at, expires_at, revoked_at } = token;
    Token { id, user_id, email, label, created_at, expires_at, revoked_at }
}
