//! `/v1/users…`: the accounts of mode `jwt`.

use std::collections::HashMap;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use axum::{Extension, Json};
use phoebed_common::Role;
use phoebed_common::admin::{
    NewUser, PasswordRequest, RoleRequest, User, UserChanged, UserList, UserMade, UserRemoved,
    paths,
};
use phoebed_common::api::Secret;

use super::access::Credentials;
use super::body::JsonBody;
use super::docs;
use super::error::AdminError;
use super::segment::Segment;
use super::state::Shared;
use crate::audit::{Entry, Event};
use crate::auth::made_password;
use crate::http::docs::{json_body, path_parameter};
use crate::sessions::EndReason;
use crate::store::{NewUser as NewRow, UserChange, UserRecord};

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            paths::USERS,
            get_with(list, |op| {
                docs::errors(
                    op.summary("Every user").response::<200, Json<UserList>>(),
                    &[409, 503],
                )
            })
            .post_with(add, |op| {
                let op = json_body::<NewUser>(op.summary("Make a user"));
                docs::errors(op.response::<200, Json<UserMade>>(), &[400, 403, 409, 503])
            }),
        )
        .api_route(
            paths::USER,
            get_with(show, |op| {
                let op = of_user(op.summary("One user"));
                docs::errors(op.response::<200, Json<User>>(), &[404, 409, 503])
            }),
        )
        .api_route(
            paths::USER_ROLE,
            post_with(set_role, |op| {
                let op = json_body::<RoleRequest>(of_user(op.summary("Give a user another role")));
                docs::errors(op.response::<200, Json<UserChanged>>(), &CHANGE)
            }),
        )
        .api_route(
            paths::USER_DISABLE,
            post_with(disable, |op| {
                let op =
                    of_user(op.summary("Let a user log in no more; tokens are void, sessions end"));
                docs::errors(op.response::<200, Json<UserChanged>>(), &CHANGE)
            }),
        )
        .api_route(
            paths::USER_ENABLE,
            post_with(enable, |op| {
                let op = of_user(op.summary("Let a user log in again"));
                docs::errors(op.response::<200, Json<UserChanged>>(), &CHANGE)
            }),
        )
        .api_route(
            paths::USER_PASSWORD,
            post_with(set_password, |op| {
                let op = op.summary("Give a user another password; every token is void");
                let op = json_body::<PasswordRequest>(of_user(op));
                docs::errors(op.response::<200, Json<UserMade>>(), &CHANGE)
            }),
        )
        .api_route(
            paths::USER_REMOVE,
            post_with(remove, |op| {
                let op = of_user(op.summary("Remove a user with sessions and records"));
                docs::errors(op.response::<200, Json<UserRemoved>>(), &CHANGE)
            }),
        )
}

/// What a change of one user may be answered with besides 200.
const CHANGE: [u16; 5] = [400, 403, 404, 409, 503];

type Operation<'t> = aide::transform::TransformOperation<'t>;

fn of_user(op: Operation<'_>) -> Operation<'_> {
    path_parameter(op, "user", "The user's id or email")
}

async fn list(State(state): State<Shared>) -> Result<Json<UserList>, AdminError> {
    let mut live: HashMap<String, usize> = HashMap::new();
    for session in state.sessions.all() {
        if let Some(user_id) = &session.user_id {
            *live.entry(user_id.clone()).or_default() += 1;
        }
    }
    let rows = state.store.list_users().await?;
    let count = |row: &UserRecord| live.get(&row.id.to_string()).copied().unwrap_or_default();
    let users = rows.into_iter().map(|row| on_the_wire(count(&row), row)).collect();
    Ok(Json(UserList { users }))
}

async fn show(
    State(state): State<Shared>,
    Segment(user): Segment,
) -> Result<Json<User>, AdminError> {
    Ok(Json(wire(&state, find(&state, &user).await?)))
}

async fn add(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    JsonBody(new): JsonBody<NewUser>,
) -> Result<Json<UserMade>, AdminError> {
    let (row, password) = prepare(&state, new).await?;
    let user = state.store.create_user(row).await?;
    made(&state, &peer, &user);
    Ok(Json(UserMade { user: wire(&state, user), password }))
}

async fn set_role(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    Segment(user): Segment,
    JsonBody(RoleRequest { role }): JsonBody<RoleRequest>,
) -> Result<Json<UserChanged>, AdminError> {
    let change = UserChange { role: Some(role.name().to_owned()), ..UserChange::default() };
    changed(&state, &peer, &user, change, &format!("role {role}")).await
}

async fn disable(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    Segment(user): Segment,
) -> Result<Json<UserChanged>, AdminError> {
    let change =
        UserChange { is_active: Some(false), revoke_tokens: true, ..UserChange::default() };
    let Json(UserChanged { mut user, .. }) =
        changed(&state, &peer, &user, change, "disabled").await?;
    let id = user.id.to_string();
    // A start that is under way looks at the account once more when its session is listed.
    let sessions_ended = state.sessions.end_of_user(&id, EndReason::UserDisabled).await;
    user.sessions = state.sessions.count_of_user(&id);
    Ok(Json(UserChanged { user, sessions_ended }))
}

async fn enable(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    Segment(user): Segment,
) -> Result<Json<UserChanged>, AdminError> {
    let change = UserChange { is_active: Some(true), ..UserChange::default() };
    changed(&state, &peer, &user, change, "enabled").await
}

async fn set_password(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    Segment(user): Segment,
    JsonBody(PasswordRequest { password }): JsonBody<PasswordRequest>,
) -> Result<Json<UserMade>, AdminError> {
    // Before the hash, which takes a while.
    find(&state, &user).await?;
    let (hash, password) = hashed(&state, password).await?;
    let change =
        UserChange { hashed_password: Some(hash), revoke_tokens: true, ..UserChange::default() };
    let Json(UserChanged { user, .. }) = changed(&state, &peer, &user, change, "password").await?;
    Ok(Json(UserMade { user, password }))
}

async fn remove(
    State(state): State<Shared>,
    Extension(peer): Extension<Credentials>,
    Segment(user): Segment,
) -> Result<Json<UserRemoved>, AdminError> {
    let row = find(&state, &user).await?;
    let user = wire(&state, row.clone());
    let change =
        UserChange { is_active: Some(false), revoke_tokens: true, ..UserChange::default() };
    // From here on nothing begins in its name.
    state.store.update_user(row.id, change).await?;
    state.auth.user_changed(row.id);
    let sessions_ended = state.sessions.end_of_user(&row.id.to_string(), EndReason::Killed).await;
    state.sessions.jobs().forget_user(&row.id.to_string()).await?;
    state.store.remove_user(row.id).await?;
    state.auth.user_changed(row.id);
    let entry = Entry::of(Event::AdminAction).user(row.id.to_string()).actor(actor(&peer));
    entry.detail("removed").write(&state.store);
    Ok(Json(UserRemoved { user, sessions_ended }))
}

async fn changed(
    state: &Shared,
    peer: &Credentials,
    user: &str,
    change: UserChange,
    what: &str,
) -> Result<Json<UserChanged>, AdminError> {
    let id = find(state, user).await?.id;
    let row = state.store.update_user(id, change).await?;
    state.auth.user_changed(id);
    let row = row.ok_or_else(|| AdminError::NoUser(user.to_owned()))?;
    let entry = Entry::of(Event::AdminAction).user(id.to_string()).actor(actor(peer));
    entry.email(&row.email).detail(what).write(&state.store);
    Ok(Json(UserChanged { user: wire(state, row), sessions_ended: 0 }))
}

/// Notes that a user was made.
pub fn made(state: &Shared, peer: &Credentials, user: &UserRecord) {
    let entry = Entry::of(Event::Registered).user(user.id.to_string()).actor(actor(peer));
    entry.email(&user.email).write(&state.store);
}

/// The row to be written, and the password if it was made here.
pub async fn prepare(state: &Shared, new: NewUser) -> Result<(NewRow, Option<Secret>), AdminError> {
    let NewUser { email, first_name, last_name, role, password } = new;
    let email = email.trim().to_owned();
    crate::auth::check_names(&email, &first_name, &last_name)?;
    let (hashed_password, made) = hashed(state, password).await?;
    let role = role.name().to_owned();
    Ok((NewRow { email, hashed_password, first_name, last_name, role }, made))
}

/// The hash of the password, which is made here when none is given.
async fn hashed(
    state: &Shared,
    given: Option<Secret>,
) -> Result<(String, Option<Secret>), AdminError> {
    let made = match &given {
        Some(_) => None,
        None => Some(Secret::from(made_password(state.auth.min_password_length()))),
    };
    let password = given.as_ref().or(made.as_ref()).map(Secret::expose).unwrap_or_default();
    let hash = state.auth.hash_for_operator(password).await?;
    Ok((hash, made))
}

/// By id or email.
pub async fn find(state: &Shared, user: &str) -> Result<UserRecord, AdminError> {
    let row = match user.parse::<i64>() {
        Ok(id) => state.store.user_by_id(id).await?,
        Err(_) => state.store.users_by_email(user.trim()).await?.into_iter().next(),
    };
    row.ok_or_else(|| AdminError::NoUser(user.to_owned()))
}

/// Who asks, as the audit names it.
pub fn actor(peer: &Credentials) -> String {
    format!("uid:{}", peer.uid)
}

fn wire(state: &Shared, row: UserRecord) -> User {
    on_the_wire(state.sessions.count_of_user(&row.id.to_string()), row)
}

fn on_the_wire(sessions: usize, row: UserRecord) -> User {
    let full_name = row.full_name();
    User {
        id: row.id,
        email: row.email,
        first_name: row.first_name,
        last_name: row.last_name,
        full_name,
        role: if row.role.is_empty() { Role::Student.name().to_owned() } else { row.role },
        is_active: row.is_active,
        created_at: row.created_at,
        last_login: row.last_login,
        sessions,
    }
}
