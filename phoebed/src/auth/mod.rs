//! Who may do what: modes, tokens, passwords and their guessing. Knows nothing of HTTP, and of the
//! database only what it holds of users.
//!
//! ```text
//!  Authorization ─▶ keys (signature) ─▶ claims (times, issuer) ─▶ users (still there?) ─▶ Identity
//!  email+password ─▶ throttle ─▶ hasher ─▶ passwords ─▶ claims ─▶ keys ─▶ token
//! ```

mod accounts;
mod claims;
mod error;
mod failures;
mod hasher;
mod keys;
mod known;
mod passwords;
mod pending;
mod proof;
mod published;
mod registrations;
mod rules;
mod throttle;
mod told;
mod trouble;
mod users;
mod verified;
mod work;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use phoebed_common::config::AuthMode;

pub use accounts::{NewAccount, Token, check_names};
pub use error::{AuthError, KeyError};
pub use passwords::made as made_password;
pub use proof::Proof;
pub use rules::Rules;

use crate::audit::{Entry, Event};
use crate::store::{Store, UserAccess, UserRecord, unix_now};
use claims::Claims;
use hasher::Hasher;
use registrations::Registrations;
use throttle::Throttle;
use told::{Doing, Told};
use users::Users;

/// A caller who proved who it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The token's `sub`.
    pub user_id: String,
    /// As it was registered, or as the issuer says.
    pub email: String,
    /// First and last name.
    pub full_name: String,
    /// `student`, `instructor`, `admin`, or what an issuer says.
    pub role: String,
}

/// Authentication; cheap to clone.
#[derive(Debug, Clone)]
pub struct Auth(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    mode: AuthMode,
    rules: RwLock<Arc<Rules>>,
    store: Store,
    users: Users,
    hasher: Hasher,
    throttle: Arc<Mutex<Throttle>>,
    told: Told,
    registrations: Registrations,
    old_hashes: Mutex<proof::OldHashes>,
}

impl Auth {
    /// By these rules, with the users of this database.
    pub fn new(rules: Rules, store: Store) -> Self {
        Self(Arc::new(Inner {
            mode: rules.mode,
            rules: RwLock::new(Arc::new(rules)),
            users: Users::new(store.clone()),
            store,
            hasher: Hasher::new(),
            throttle: Arc::default(),
            told: Told::default(),
            registrations: Registrations::default(),
            old_hashes: Mutex::default(),
        }))
    }

    /// How callers are recognised; it stays for the daemon's life.
    pub fn mode(&self) -> AuthMode {
        self.0.mode
    }

    /// Other keys and limits count from now on; the mode stays.
    pub fn configure(&self, rules: Rules) {
        let mut in_force = self.0.rules.write().unwrap_or_else(PoisonError::into_inner);
        if let (Some(new), Some(before)) = (&rules.keys, &in_force.keys) {
            new.go_on_from(before);
        }
        *in_force = Arc::new(rules);
    }

    /// The log database, for records of what happened.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// How long new tokens are valid.
    pub fn lifetime(&self) -> Duration {
        self.rules().lifetime
    }

    /// Characters that a new password has at least.
    pub fn min_password_length(&self) -> usize {
        self.rules().min_password_length
    }

    /// A user was changed by other means than this type's.
    pub fn user_changed(&self, id: i64) {
        self.0.users.changed(id);
    }

    fn rules(&self) -> Arc<Rules> {
        self.0.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who presents this value of the `Authorization` header; none in mode `none`.
    pub async fn authenticate(&self, header: Option<&[u8]>) -> Result<Option<Identity>, AuthError> {
        if self.0.mode == AuthMode::None {
            return Ok(None);
        }
        let token = header.and_then(bearer).ok_or(AuthError::NoToken)?;
        let rules = self.rules();
        let keys = rules.keys.as_ref().ok_or(AuthError::NoKeys)?;
        let now = unix_now();
        let verified = keys.verify(token).await?;
        let claims = Claims::check(&verified, &rules.expected, now)?;
        let identity = match self.0.mode {
            AuthMode::Jwt => identity_of(&self.user_of(&claims).await?.user),
            _ => Identity {
                user_id: claims.subject,
                email: claims.email,
                full_name: claims.full_name,
                role: claims.role,
            },
        };
        Ok(Some(identity))
    }

    /// The user of a token, who is still there and has not made it void.
    async fn user_of(&self, claims: &Claims) -> Result<Arc<UserAccess>, AuthError> {
        let id = user_id(&claims.subject).ok_or(AuthError::NoUser)?;
        let access = self.0.users.get(id).await?.ok_or(AuthError::NoUser)?;
        if !access.user.is_active {
            self.tell_of_void_token(
                &claims.subject,
                Doing::UsingDisabled,
                "the account is disabled",
            );
            return Err(AuthError::NoUser);
        }
        let is_revoked = match &claims.id {
            Some(id) if access.revoked_tokens.contains(id) => true,
            _ => claims.generation != access.user.token_generation,
        };
        if is_revoked {
            self.tell_of_void_token(&claims.subject, Doing::UsingRevoked, "the token is revoked");
            return Err(AuthError::InvalidToken("it has been revoked".to_owned()));
        }
        Ok(access)
    }

    fn tell_of_void_token(&self, subject: &str, doing: Doing, why: &str) {
        if self.0.told.is_new(doing, subject, None, Instant::now()) {
            let entry = Entry::of(Event::RevokedTokenUsed).failed().user(subject);
            entry.detail(why).write(self.store());
        }
    }
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(header: &[u8]) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// An id as this server writes it, and no other spelling of the number.
fn user_id(subject: &str) -> Option<i64> {
    subject.parse::<i64>().ok().filter(|id| id.to_string() == subject)
}

fn identity_of(user: &UserRecord) -> Identity {
    Identity {
        user_id: user.id.to_string(),
        email: user.email.clone(),
        full_name: user.full_name(),
        role: user.role.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::path::Path;

    use phoebed_common::config;

    use super::*;
    use crate::store::{StoreOptions, UserChange};

    /// Of mode `jwt`, with a database of its own.
    pub fn auth_with(settings: config::Auth) -> (tempfile::TempDir, Store, Auth) {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(StoreOptions::new(folder.path().join("x.db"))).unwrap();
        let settings = config::Auth {
            mode: AuthMode::Jwt,
            jwt_secret_key: Some(config::Secret::new("a secret")),
            ..settings
        };
        let auth = Auth::new(Rules::load(&settings, Path::new("/")).unwrap(), store.clone());
        (folder, store, auth)
    }

    #[tokio::test]
    async fn what_is_done_over_and_over_is_recorded_once_a_minute() {
        let (_folder, store, auth) = auth_with(config::Auth::default());
        let proof = |address| Proof {
            email: "ada@x.org".into(),
            password: "hunter2".into(),
            address: Some(IpAddr::from([192, 0, 2, address])),
        };
        let (first_name, last_name) = (String::new(), String::new());
        let account = NewAccount { proof: proof(1), first_name, last_name };
        let token = auth.register(account).await.unwrap().access_token;
        for address in [1, 1, 2, 1, 2] {
            auth.login(proof(address)).await.unwrap();
        }
        let change = UserChange { is_active: Some(false), ..UserChange::default() };
        store.update_user(1, change).await.unwrap();
        auth.user_changed(1);
        let header = format!("Bearer {}", token.expose());
        for _ in 0..3 {
            let used = auth.authenticate(Some(header.as_bytes())).await;
            assert!(matches!(used, Err(AuthError::NoUser)), "{used:?}");
            let refused = auth.login(proof(1)).await;
            assert!(matches!(refused, Err(AuthError::Disabled)), "{refused:?}");
        }
        let records = store.audited().await;
        let count = |event: &str, success: bool| {
            let those = records.iter().filter(|it| it.event == event && it.success == success);
            those.count()
        };
        assert_eq!((count("registered", true), count("login", true)), (1, 2), "{records:?}");
        assert_eq!((count("login", false), count("revoked_token_used", false)), (1, 1));
        let used = records.iter().find(|record| record.event == "revoked_token_used").unwrap();
        assert_eq!(used.detail.as_deref(), Some("the account is disabled"));
        assert_eq!(used.user_id.as_deref(), Some("1"));
        store.close().await.unwrap();
    }

    #[test]
    fn only_a_bearer_token_is_one() {
        assert_eq!(bearer(b"Bearer abc"), Some("abc"));
        assert_eq!(bearer(b"bearer  abc "), Some("abc"));
        for other in [&b"Bearer"[..], b"Bearer ", b"Basic abc", b"abc", b"", b"Bearer \xff"] {
            assert_eq!(bearer(other), None);
        }
    }

    #[test]
    fn an_id_is_a_number_in_one_spelling() {
        assert_eq!(user_id("7"), Some(7));
        for other in ["", "07", "+7", "7.0", " 7", "seven", "99999999999999999999"] {
            assert_eq!(user_id(other), None);
        }
    }
}
