//! `[auth]`: who may use the API.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::kinds::{
    Choice, List, Minutes, OptionalPath, OptionalSecret, OptionalText, Seconds, SecretText, Url,
    Whole, WholeOrNone,
};
use crate::config::secret::Secret;
use crate::config::visitor::{Visitor, live, restart};

/// Who may use the API.
#[derive(Clone, Debug, PartialEq)]
pub struct Auth {
    /// How callers are recognised.
    pub mode: AuthMode,
    /// The shared password; always set in mode `password`.
    pub password: Option<Secret>,
    /// The key that signs tokens; never `test` in modes `jwt` and `external`.
    pub jwt_secret_key: Option<Secret>,
    /// Keys that signed tokens before; they verify only.
    pub jwt_previous_secret_keys: Vec<Secret>,
    /// A file with the keys, one a line, the first of which signs; absolute.
    pub jwt_secret_file: Option<PathBuf>,
    /// The only algorithm accepted and used.
    pub jwt_algorithm: JwtAlgorithm,
    /// The upstream issuer's public key, PEM; absolute.
    pub jwt_public_key_file: Option<PathBuf>,
    /// The upstream issuer's keys, a JSON Web Key Set; absolute.
    pub jwks_file: Option<PathBuf>,
    /// Where the upstream issuer publishes its keys.
    pub jwks_url: Option<String>,
    /// How old the published keys may be.
    pub jwks_refresh: Duration,
    /// Lifetime of tokens that this server makes.
    pub jwt_expire: Duration,
    /// The `iss` claim that is expected and issued, if any.
    pub jwt_issuer: Option<String>,
    /// The `aud` claim that is expected and issued, if any.
    pub jwt_audience: Option<String>,
    /// Whether anybody can make an account, in mode `jwt`.
    pub registration: Registration,
    /// Accounts that one address may make in an hour, if there is a limit.
    pub registrations_per_hour_per_address: Option<u32>,
    /// Characters that a new password has at least.
    pub min_password_length: usize,
    /// Failed attempts on one account before further ones must wait.
    pub failures_per_account: u32,
    /// Failed attempts from one address before further ones must wait.
    pub failures_per_address: u32,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            mode: AuthMode::None,
            password: None,
            jwt_secret_key: None,
            jwt_previous_secret_keys: Vec::new(),
            jwt_secret_file: None,
            jwt_algorithm: JwtAlgorithm::Hs256,
            jwt_public_key_file: None,
            jwks_file: None,
            jwks_url: None,
            jwks_refresh: Duration::from_secs(3600),
            jwt_expire: Duration::from_secs(1440 * 60),
            jwt_issuer: None,
            jwt_audience: None,
            registration: Registration::Open,
            registrations_per_hour_per_address: Some(300),
            min_password_length: 1,
            failures_per_account: 5,
            failures_per_address: 100,
        }
    }
}

impl Auth {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("auth.mode"), &mut self.mode, Choice(&AuthMode::ALL));
        v.key(live("auth.password").secret(), &mut self.password, OptionalSecret);
        v.key(live("auth.jwt_secret_key").secret(), &mut self.jwt_secret_key, OptionalSecret);
        let previous = live("auth.jwt_previous_secret_keys").secret();
        v.key(previous, &mut self.jwt_previous_secret_keys, List(SecretText));
        v.key(live("auth.jwt_secret_file"), &mut self.jwt_secret_file, OptionalPath);
        let algorithms = Choice(&JwtAlgorithm::ALL);
        v.key(restart("auth.jwt_algorithm"), &mut self.jwt_algorithm, algorithms);
        v.key(live("auth.jwt_public_key_file"), &mut self.jwt_public_key_file, OptionalPath);
        v.key(live("auth.jwks_file"), &mut self.jwks_file, OptionalPath);
        v.key(live("auth.jwks_url"), &mut self.jwks_url, Url);
        v.key(live("auth.jwks_refresh_seconds"), &mut self.jwks_refresh, Seconds { from: 1.0 });
        v.key(live("auth.jwt_expire_minutes"), &mut self.jwt_expire, Minutes);
        v.key(live("auth.jwt_issuer"), &mut self.jwt_issuer, OptionalText);
        v.key(live("auth.jwt_audience"), &mut self.jwt_audience, OptionalText);
        v.key(live("auth.registration"), &mut self.registration, Choice(&Registration::ALL));
        let registrations = &mut self.registrations_per_hour_per_address;
        let limit = WholeOrNone(1_000_000);
        v.key(live("auth.registrations_per_hour_per_address"), registrations, limit);
        v.key(live("auth.min_password_length"), &mut self.min_password_length, Whole(1..=1024));
        let failures = || Whole(1..=1_000_000);
        v.key(live("auth.failures_per_account"), &mut self.failures_per_account, failures());
        v.key(live("auth.failures_per_address"), &mut self.failures_per_address, failures());
    }
}

/// Whether anybody can make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anybody who reaches the server.
    Open,
    /// Nobody; accounts are made with `phoebectl users`.
    Closed,
}

impl Registration {
    const ALL: [Self; 2] = [Self::Open, Self::Closed];
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Closed => "closed",
        })
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

/// A token's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// EdDSA over Ed25519.
    EdDsa,
}

impl JwtAlgorithm {
    const ALL: [Self; 7] =
        [Self::Hs256, Self::Hs384, Self::Hs512, Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// The name in the file and in a token's header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether who verifies can also sign: the key is a shared secret.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }
}

impl fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
