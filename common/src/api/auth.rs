//! Bodies under `/auth`.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::fields::Fields;
use super::schema::all_required;
use super::{Secret, ValidationErrorItem};
use crate::config;

/// How callers prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum AuthMode {
    /// Not at all: everybody sees and uses every session.
    None,
    /// By one shared password.
    Password,
    /// As users of this server.
    Jwt,
    /// By tokens of an upstream issuer.
    External,
}

impl From<config::AuthMode> for AuthMode {
    fn from(mode: config::AuthMode) -> Self {
        match mode {
            config::AuthMode::None => Self::None,
            config::AuthMode::Password => Self::Password,
            config::AuthMode::Jwt => Self::Jwt,
            config::AuthMode::External => Self::External,
        }
    }
}

/// Answer of GET /auth/config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = AuthConfig { mode: AuthMode::Jwt })]
pub struct AuthConfig {
    /// The mode of this server.
    pub mode: AuthMode,
}

/// Body of POST /auth/register. Other members are ignored, `role` among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(example = RegisterBody {
    email: "ada@example.org".into(),
    password: "correct horse".into(),
    first_name: "Ada".into(),
    last_name: "Lovelace".into(),
})]
pub struct RegisterBody {
    /// Email address, the name to log in with; upper and lower case are the same.
    pub email: String,
    /// Password.
    pub password: Secret,
    /// First name.
    #[schemars(default)]
    pub first_name: String,
    /// Last name.
    #[schemars(default)]
    pub last_name: String,
}

impl RegisterBody {
    /// Reads the members of a body.
    ///
    /// # Errors
    /// Every missing member and every one of the wrong type, in the order of the fields.
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, Vec<ValidationErrorItem>> {
        let mut fields = Fields::of(members);
        let body = Self {
            email: fields.required("email"),
            password: fields.required("password").into(),
            first_name: fields.or_empty("first_name"),
            last_name: fields.or_empty("last_name"),
        };
        fields.finish(body)
    }
}

/// Body of POST /auth/login. Other members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(example = LoginBody {
    email: "ada@example.org".into(),
    password: "correct horse".into(),
})]
pub struct LoginBody {
    /// Email address; in mode `password` any.
    pub email: String,
    /// Password; in mode `password` the shared one.
    pub password: Secret,
}

impl LoginBody {
    /// Reads the members of a body.
    ///
    /// # Errors
    /// Every missing member and every one of the wrong type, in the order of the fields.
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, Vec<ValidationErrorItem>> {
        let mut fields = Fields::of(members);
        let body =
            Self { email: fields.required("email"), password: fields.required("password").into() };
        fields.finish(body)
    }
}

/// Body of POST /auth/change-password. Other members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(example = ChangePasswordBody {
    current_password: "correct horse".into(),
    new_password: "battery staple".into(),
})]
pub struct ChangePasswordBody {
    /// The password until now.
    pub current_password: Secret,
    /// The password from now on.
    pub new_password: Secret,
}

impl ChangePasswordBody {
    /// Reads the members of a body.
    ///
    /// # Errors
    /// Every missing member and every one of the wrong type, in the order of the fields.
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, Vec<ValidationErrorItem>> {
        let mut fields = Fields::of(members);
        let body = Self {
            current_password: fields.required("current_password").into(),
            new_password: fields.required("new_password").into(),
        };
        fields.finish(body)
    }
}

/// Body of POST /auth/delete-account. Other members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(example = DeleteAccountBody { password: "correct horse".into() })]
pub struct DeleteAccountBody {
    /// The account's password, once more.
    pub password: Secret,
}

impl DeleteAccountBody {
    /// Reads the members of a body.
    ///
    /// # Errors
    /// Every missing member and every one of the wrong type, in the order of the fields.
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, Vec<ValidationErrorItem>> {
        let mut fields = Fields::of(members);
        let body = Self { password: fields.required("password").into() };
        fields.finish(body)
    }
}

/// Answer when there is nothing to tell but that it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = Done { success: true })]
pub struct Done {
    /// Always true.
    pub success: bool,
}

/// By way of a map, where the last of duplicate members counts; derived code refuses them.
macro_rules! deserialize_from_members {
    ($body:ident) => {
        impl<'de> Deserialize<'de> for $body {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let members = Map::deserialize(deserializer)?;
                $body::from_members(&members).map_err(|faults| {
                    let texts: Vec<String> =
                        faults.iter().map(|f| format!("{:?}: {}", f.loc, f.msg)).collect();
                    D::Error::custom(texts.join("; "))
                })
            }
        }
    };
}

deserialize_from_members!(RegisterBody);
deserialize_from_members!(LoginBody);
deserialize_from_members!(ChangePasswordBody);
deserialize_from_members!(DeleteAccountBody);

/// Who a caller is: answer of GET /auth/me, and part of a token answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = UserInfo::example())]
pub struct UserInfo {
    /// The user's id, the token's `sub`.
    pub user_id: String,
    /// Email address.
    pub email: String,
    /// First and last name, trimmed.
    pub full_name: String,
    /// `student`, `admin`, or what an upstream issuer says.
    pub role: String,
}

impl UserInfo {
    fn example() -> Self {
        Self {
            user_id: "7".into(),
            email: "ada@example.org".into(),
            full_name: "Ada Lovelace".into(),
            role: "student".into(),
        }
    }
}

/// Answer of POST /auth/register and POST /auth/login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = TokenAnswer {
    access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl".into(),
    token_type: TokenType::Bearer,
    user: UserInfo::example(),
})]
pub struct TokenAnswer {
    /// The token, for `Authorization: Bearer <token>`.
    pub access_token: Secret,
    /// Always `bearer`.
    pub token_type: TokenType,
    /// Whose it is.
    pub user: UserInfo,
}

/// How a token is presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum TokenType {
    /// As `Authorization: Bearer <token>`.
    #[default]
    Bearer,
}
