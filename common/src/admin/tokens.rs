//! /v1/tokens: tokens that an operator issues for scripts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Secret;
use crate::api::schema::all_required;

/// Whose tokens to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = TokensQuery { user: Some("ada@example.org".into()) })]
pub struct TokensQuery {
    /// Those of this user, an id or an email; everybody's when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// The tokens, the oldest first; revoked and expired ones too. Logins are not among them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = TokenList { tokens: vec![Token::example()] })]
pub struct TokenList {
    /// The tokens.
    pub tokens: Vec<Token>,
}

/// A token that was issued; never the token's text itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = Token::example())]
pub struct Token {
    /// Its id, a UUID.
    pub id: String,
    /// Whose it is.
    pub user_id: i64,
    /// The user's email address.
    pub email: String,
    /// What it is for, in the operator's words.
    pub label: String,
    /// When it was issued, Unix seconds.
    pub created_at: f64,
    /// When it ends to be valid, Unix seconds.
    pub expires_at: f64,
    /// When it was revoked, Unix seconds; null when it was not.
    pub revoked_at: Option<f64>,
}

impl Token {
    fn example() -> Self {
        Self {
            id: "0b8e6d1e-6f3a-4d53-9a0f-8f2f5c0c7a11".into(),
            user_id: 7,
            email: "ada@example.org".into(),
            label: "nightly fits".into(),
            created_at: 1_760_000_000.5,
            expires_at: 1_762_592_000.5,
            revoked_at: None,
        }
    }
}

/// Body of POST /v1/tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = TokenRequest {
    user: "ada@example.org".into(),
    label: "nightly fits".into(),
    expires_in_seconds: Some(2_592_000),
})]
pub struct TokenRequest {
    /// Whose it shall be, an id or an email.
    pub user: String,
    /// What it is for.
    #[serde(default)]
    pub label: String,
    /// For how long it is valid; as long as a login's when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<u64>,
}

/// A token that was issued just now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = TokenMade {
    token: Token::example(),
    access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl".into(),
})]
pub struct TokenMade {
    /// What is known of it.
    pub token: Token,
    /// The token itself, said this once.
    pub access_token: Secret,
}

/// Answer of POST /v1/tokens/{id}/revoke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = TokenRevoked { token: Token::example() })]
pub struct TokenRevoked {
    /// The token as it is now.
    pub token: Token,
}
