//! What goes wrong with authentication: for callers, and for who configures it.

use std::path::PathBuf;

use super::trouble;
use crate::store::StoreError;

/// Why a caller is not let in. The texts are the contract's where it has one.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No token.
    #[error("Missing or invalid Authorization header. Use: Bearer <token>")]
    NoToken,
    /// Its time is over.
    #[error("Token has expired")]
    Expired,
    /// It does not say whose it is.
    #[error("Token missing \"sub\" claim")]
    NoSubject,
    /// Its user is gone or disabled.
    #[error("User not found or inactive")]
    NoUser,
    /// Anything else that is wrong with it.
    #[error("Invalid token: {0}")]
    InvalidToken(String),
    /// No such account, or not its password.
    #[error("Invalid email or password")]
    WrongPassword,
    /// The password is right, and the account may not be used.
    #[error("Account is disabled")]
    Disabled,
    /// Accounts are made by the operator.
    #[error("Registration is closed on this server; ask its administrator for an account")]
    RegistrationClosed,
    /// The mode has no such thing.
    #[error("{0}")]
    NotInThisMode(&'static str),
    /// What was sent makes no account.
    #[error("{0}")]
    Refused(String),
    /// Another account has the address.
    #[error("A user with this email already exists")]
    EmailTaken,
    /// Too many attempts failed.
    #[error("Too many failed attempts; try again in {seconds} s")]
    TooManyAttempts {
        /// Until the next attempt counts.
        seconds: u64,
    },
    /// Too many accounts were made.
    #[error(
        "Too many registrations from this address: at most {limit} an hour \
         (auth.registrations_per_hour_per_address); try again in {seconds} s"
    )]
    TooManyRegistrations {
        /// An hour.
        limit: u32,
        /// Until the next one.
        seconds: u64,
    },
    /// More passwords wait to be checked than the server can check soon.
    #[error("The server is busy checking passwords; try again in a moment")]
    Busy,
    /// The users cannot be read or written now.
    #[error("The accounts cannot be reached at the moment; try again later")]
    Unavailable,
    /// The issuer's keys are not known yet.
    #[error("The keys of the token issuer are not available; try again later")]
    NoKeys,
}

/// Callers are told no more than that it does not work; the cause is logged, once for many.
impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::EmailTaken => Self::EmailTaken,
            error => {
                trouble::failed(&error.full_text());
                Self::Unavailable
            }
        }
    }
}

/// Why the keys cannot be used; the daemon does not start with them, and a reload changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file cannot be read.
    #[error("{key}: cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// The key of the configuration.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{key}: {path}: {why}", path = path.display())]
    Unusable {
        /// The key of the configuration.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The key of mode `password` cannot be kept.
    #[error("cannot keep the key that signs tokens in {path}: {source}", path = path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key that everybody knows: a reload brought it for another mode.
    #[error(
        "auth.mode = \"{0}\" is in force and the new configuration has a secret key for it that is \
         empty or \"test\""
    )]
    NoSecret(&'static str),
    /// No key at all: a reload took it away.
    #[error(
        "auth.mode = \"{0}\" is in force and the new configuration has no key for it; restart \
         phoebed to change the mode"
    )]
    Missing(&'static str),
}
