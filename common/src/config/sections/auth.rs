//! `[auth]`: who may use the API.

use std::fmt;
use std::time::Duration;

use crate::config::kinds::{Choice, Minutes, OptionalSecret, OptionalText};
use crate::config::secret::Secret;
use crate::config::visitor::{Visitor, restart};

/// Who may use the API.
#[derive(Clone, Debug, PartialEq)]
pub struct Auth {
    /// How callers are recognised.
    pub mode: AuthMode,
    /// The shared password; always set in mode `password`.
    pub password: Option<Secret>,
    /// The key that signs tokens; always set, and not `test`, in modes `jwt` and `external`.
    pub jwt_secret_key: Option<Secret>,
    /// The only algorithm accepted and used.
    pub jwt_algorithm: JwtAlgorithm,
    /// Lifetime of tokens that this server makes.
    pub jwt_expire: Duration,
    /// The `iss` claim that is expected and issued, if any.
    pub jwt_issuer: Option<String>,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            mode: AuthMode::None,
            password: None,
            jwt_secret_key: None,
            jwt_algorithm: JwtAlgorithm::Hs256,
            jwt_expire: Duration::from_secs(1440 * 60),
            jwt_issuer: None,
        }
    }
}

impl Auth {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("auth.mode"), &mut self.mode, Choice(&AuthMode::ALL));
        v.key(restart("auth.password").secret(), &mut self.password, OptionalSecret);
        v.key(restart("auth.jwt_secret_key").secret(), &mut self.jwt_secret_key, OptionalSecret);
        let algorithms = Choice(&JwtAlgorithm::ALL);
        v.key(restart("auth.jwt_algorithm"), &mut self.jwt_algorithm, algorithms);
        v.key(restart("auth.jwt_expire_minutes"), &mut self.jwt_expire, Minutes);
        v.key(restart("auth.jwt_issuer"), &mut self.jwt_issuer, OptionalText);
    }
}

/// How callers are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// Open: everybody sees and uses every session.
    None,
    /// One shared password.
    Password,
    /// Users of this server, with tokens that it makes.
    Jwt,
    /// Tokens of an upstream issuer, no local users.
    External,
}

impl AuthMode {
    const ALL: [Self; 4] = [Self::None, Self::Password, Self::Jwt, Self::External];

    /// The name in the file and in `GET /auth/config`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Password => "password",
            Self::Jwt => "jwt",
            Self::External => "external",
        }
    }
}

impl fmt::Display for AuthMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A token's signature: HMAC with the shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl JwtAlgorithm {
    const ALL: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// The name in the file and in a token's header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }
}

impl fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
