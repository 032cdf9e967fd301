//! /v1/users and what is below it. Where a path has `{user}`, an id or an email stands there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Secret;
use crate::api::schema::all_required;
use crate::role::Role;

/// How many users one import takes at most.
pub const MOST_IMPORTED: usize = 5_000;

/// Every user, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = UserList { users: vec![User::example()] })]
pub struct UserList {
    /// The users.
    pub users: Vec<User>,
}

/// A user of this server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = User::example())]
pub struct User {
    /// The user's id, the `sub` of their tokens.
    pub id: i64,
    /// Email address, as it was written first; upper and lower case are the same.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// First and last name, trimmed.
    pub full_name: String,
    /// `student`, `instructor` or `admin`; or what an older server wrote, which may what a student
    /// may.
    pub role: String,
    /// Whether they may log in and use tokens.
    pub is_active: bool,
    /// When they were made, Unix seconds.
    pub created_at: f64,
    /// When they last logged in, Unix seconds; null when they never have.
    pub last_login: Option<f64>,
    /// How many live sessions they have.
    pub sessions: usize,
}

impl User {
    pub(super) fn example() -> Self {
        Self {
            id: 7,
            email: "ada@example.org".into(),
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            full_name: "Ada Lovelace".into(),
            role: Role::Student.name().into(),
            is_active: true,
            created_at: 1_760_000_000.5,
            last_login: None,
            sessions: 1,
        }
    }
}

/// A user to be made: body of POST /v1/users, and a row of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = NewUser::example())]
pub struct NewUser {
    /// Email address, the name to log in with.
    pub email: String,
    /// First name.
    #[serde(default)]
    pub first_name: String,
    /// Last name.
    #[serde(default)]
    pub last_name: String,
    /// What they may do.
    #[serde(default)]
    pub role: Role,
    /// The password; the daemon makes one when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

impl NewUser {
    fn example() -> Self {
        Self {
            email: "ada@example.org".into(),
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            ..Self::default()
        }
    }
}

/// A user who was made or has a new password: answer of POST /v1/users and
/// POST /v1/users/{user}/password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = UserMade {
    user: User::example(),
    password: Some("correct-horse-battery".into()),
})]
pub struct UserMade {
    /// The user.
    pub user: User,
    /// The password when the daemon made it, said this once; null when it was given.
    pub password: Option<Secret>,
}

/// Users to be made: body of POST /v1/users/import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = ImportRequest { users: vec![NewUser::example()] })]
pub struct ImportRequest {
    /// The users, at most 5000.
    pub users: Vec<NewUser>,
}

/// What became of each row of an import.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = ImportAnswer { imported: vec![ImportedUser {
    email: "ada@example.org".into(),
    outcome: ImportOutcome::Created,
    user_id: Some(7),
    password: Some("correct-horse-battery".into()),
    reason: None,
}] })]
pub struct ImportAnswer {
    /// One for each row, in order.
    pub imported: Vec<ImportedUser>,
}

/// What became of one row of an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct ImportedUser {
    /// The email address of the row.
    pub email: String,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// The user's id; null when it was refused.
    pub user_id: Option<i64>,
    /// The password when the daemon made it, said this once; else null.
    pub password: Option<Secret>,
    /// Why it was refused; else null.
    pub reason: Option<String>,
}

/// What became of a row of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ImportOutcome {
    /// The user was made.
    Created,
    /// There is a user with this email; they were left alone.
    Exists,
    /// No user was made.
    Refused,
}

/// Body of POST /v1/users/{user}/role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = RoleRequest { role: Role::Instructor })]
pub struct RoleRequest {
    /// What they may do from now on.
    pub role: Role,
}

/// Body of POST /v1/users/{user}/password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = PasswordRequest { password: Some("correct horse".into()) })]
pub struct PasswordRequest {
    /// The new password; the daemon makes one when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

/// A user as they are after a change: answer of POST /v1/users/{user}/role, disable and enable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = UserChanged { user: User::example(), sessions_ended: 0 })]
pub struct UserChanged {
    /// The user.
    pub user: User,
    /// How many live sessions ended with the change: those of a user who was disabled.
    #[serde(default)]
    pub sessions_ended: usize,
}

/// Answer of POST /v1/users/{user}/remove.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = UserRemoved { user: User::example(), sessions_ended: 1 })]
pub struct UserRemoved {
    /// The user as they were.
    pub user: User,
    /// How many live sessions ended with them.
    pub sessions_ended: usize,
}
