//! `POST /v1/users/import`: the accounts of a class, at once.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::extract::State;
use axum::{Extension, Json};
use futures_util::{StreamExt, stream};
use phoebed_common::admin::{
    ImportAnswer, ImportOutcome, ImportRequest, ImportedUser, MOST_IMPORTED, NewUser, paths,
};

use super::access::Credentials;
use super::body::JsonBody;
use super::docs;
use super::error::AdminError;
use super::state::Shared;
use super::users::{made, prepare};
use crate::auth::AuthError;
use crate::http::docs::json_body;

/// Passwords hashed at the same time: one, so that users can log in meanwhile.
const AT_A_TIME: usize = 1;

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        paths::USERS_IMPORT,
        post_with(import, |op| {
            let op = json_body::<ImportRequest>(op.summary("Make many users"));
            docs::errors(op.response::<200, Json<ImportAnswer>>(), &[400, 403, 409, 503])
        }),
    )
}

async fn import(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    JsonBody(ImportRequest { users }): JsonBody<ImportRequest>,
) -> Result<Json<ImportAnswer>, AdminError> {
    if users.len() > MOST_IMPORTED {
        let why = format!("{} users are more than {MOST_IMPORTED} at once", users.len());
        return Err(AdminError::BadRequest(why));
    }
    carry_out(&state, &peer, users).await.map(Json)
}

async fn carry_out(
    state: &Shared,
    peer: &Credentials,
    users: Vec<NewUser>,
) -> Result<ImportAnswer, AdminError> {
    let prepared: Vec<_> = stream::iter(users)
        .map(async |user| {
            let mut row = ImportedUser {
                email: user.email.clone(),
                outcome: ImportOutcome::Refused,
                user_id: None,
                password: None,
                reason: None,
            };
            if let Some(known) = known(state, &user.email).await? {
                (row.outcome, row.user_id) = (ImportOutcome::Exists, Some(known));
                return Ok((row, None));
            }
            match prepare(state, user).await {
                Ok((new, password)) => {
                    row.password = password;
                    Ok((row, Some(new)))
                }
                Err(AdminError::Auth(AuthError::Refused(why))) => {
                    row.reason = Some(why);
                    Ok((row, None))
                }
                Err(error) => Err(error),
            }
        })
        .buffered(AT_A_TIME)
        .collect()
        .await;
    let mut rows = Vec::with_capacity(prepared.len());
    let mut new = Vec::new();
    for row in prepared {
        let (row, user) = row?;
        rows.push((row, user.is_some()));
        new.extend(user);
    }
    let mut created = state.store.create_users(new).await?.into_iter();
    let imported = rows
        .into_iter()
        .map(|(mut row, is_new)| {
            match is_new.then(|| created.next().and_then(Result::ok)) {
                None => {}
                Some(Some(user)) => {
                    made(state, peer, &user);
                    (row.outcome, row.user_id) = (ImportOutcome::Created, Some(user.id));
                }
                // Somebody took the address meanwhile, or it is in the list twice.
                Some(None) => (row.outcome, row.password) = (ImportOutcome::Exists, None),
            }
            row
        })
        .collect();
    Ok(ImportAnswer { imported })
}

async fn known(state: &Shared, email: &str) -> Result<Option<i64>, AdminError> {
    Ok(state.store.users_by_email(email.trim()).await?.first().map(|user| user.id))
}
