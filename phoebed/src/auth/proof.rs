//! The proof that somebody knows the password of an account: throttled, checked to its end, recorded
//! when it fails.

use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::Auth;
use super::accounts::text;
use super::error::AuthError;
use super::hasher::Place;
use super::passwords::Verdict;
use super::pending::Pending;
use super::rules::Rules;
use super::throttle::Allowed;
use crate::audit::{Entry, Event};
use crate::store::{UserRecord, fold};

/// Email and password, and where they come from.
#[derive(Debug)]
pub struct Proof {
    /// Compared without case.
    pub email: String,
    /// As it was typed.
    pub password: phoebed_common::api::Secret,
    /// Of the client.
    pub address: Option<IpAddr>,
}

/// Whether some accounts have a hash of bcrypt still, and its cost; asked for once in a while.
#[derive(Debug, Default)]
pub struct OldHashes {
    asked: Option<Instant>,
    cost: Option<u32>,
}

/// How long the answer counts.
const OLD_HASHES_COUNT: Duration = Duration::from_secs(60);

impl Auth {
    /// The user of an email, when the password is right. In a task of its own: whoever leaves while
    /// the password is checked has used up an attempt all the same, since the check goes on.
    pub(super) async fn prove(&self, proof: Proof, rules: &Rules) -> Result<UserRecord, AuthError> {
        let attempt = self.begin(&proof, rules)?;
        // Before the task: clients that leave at once must not leave any number of them behind.
        let place = self.0.hasher.place()?;
        let (auth, allowed) = (self.clone(), rules.allowed);
        let checking = tokio::spawn(async move {
            match auth.check(&proof, &place).await? {
                Some(user) => {
                    attempt.succeeded();
                    Ok(user)
                }
                None => Err(auth.wrong(attempt, &proof, allowed)),
            }
        });
        checking.await.unwrap_or(Err(AuthError::Unavailable))
    }

    async fn check(&self, proof: &Proof, place: &Place) -> Result<Option<UserRecord>, AuthError> {
        let old_cost = self.old_cost().await?;
        let password = || proof.password.expose().to_owned();
        let mut users = self.store().users_by_email(proof.email.trim()).await?;
        // Databases of older servers may have several that differ by case: the exact one, if there.
        users.truncate(1);
        let Some(mut user) = users.pop() else {
            place.verify(password(), None, old_cost).await?;
            return Ok(None);
        };
        let hash = user.hashed_password.clone();
        match place.verify(password(), Some(hash.clone()), old_cost).await? {
            Verdict::Wrong => return Ok(None),
            Verdict::Right => {}
            Verdict::RightButOld => {
                let new = place.hash(password()).await?;
                match self.store().replace_hash(user.id, &hash, &new).await {
                    Ok(true) => user.hashed_password = new,
                    Ok(false) => {}
                    Err(error) => log::warn!("an old hash stays: {}", error.full_text()),
                }
            }
        }
        Ok(Some(user))
    }

    /// The highest cost of bcrypt hashes that are left.
    async fn old_cost(&self) -> Result<Option<u32>, AuthError> {
        let lock = || self.0.old_hashes.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let known = lock();
            if known.asked.is_some_and(|asked| asked.elapsed() < OLD_HASHES_COUNT) {
                return Ok(known.cost);
            }
        }
        let cost = self.store().bcrypt_cost().await?;
        *lock() = OldHashes { asked: Some(Instant::now()), cost };
        Ok(cost)
    }

    pub(super) fn begin(&self, proof: &Proof, rules: &Rules) -> Result<Pending, AuthError> {
        // As the users are found: another spelling must not be another account here.
        let account = fold(proof.email.trim());
        Pending::begin(&self.0.throttle, &account, proof.address, rules.allowed)
            .map_err(|wait| AuthError::TooManyAttempts { seconds: whole_seconds(wait) })
    }

    /// The owner of a new account is no stranger to it.
    pub(super) fn known_from(&self, email: &str, address: Option<IpAddr>) {
        let mut throttle = self.0.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.made(&fold(email), address, Instant::now());
    }

    pub(super) fn wrong(&self, attempt: Pending, proof: &Proof, allowed: Allowed) -> AuthError {
        let must_wait = attempt.failed(allowed);
        let entry =
            |event| Entry::of(event).failed().email(proof.email.trim()).from(text(proof.address));
        entry(Event::Login).detail("wrong email or password").write(self.store());
        if must_wait {
            entry(Event::LoginDelayed).detail("too many failed attempts").write(self.store());
        }
        AuthError::WrongPassword
    }
}

/// Rounded up: whoever waits as told gets a turn.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use phoebed_common::config;

    use super::super::passwords;
    use super::super::tests::auth_with;
    use super::*;
    use crate::store::{NewUser, UserChange};

    #[tokio::test]
    async fn every_wrong_login_takes_the_same_work() {
        let (_folder, store, auth) = auth_with(config::Auth::default());
        let bcrypt = |cost| bcrypt::hash("hunter2", cost).unwrap();
        for (name, hashed_password) in [
            ("current", passwords::hash("hunter2")),
            ("disabled", passwords::hash("hunter2")),
            ("cheap", bcrypt(4)),
            ("costly", bcrypt(6)),
            ("broken", "$2b$31$broken".to_owned()),
            ("none", String::new()),
        ] {
            let (email, role) = (format!("{name}@x.org"), "student".to_owned());
            let (first_name, last_name) = (String::new(), String::new());
            let new = NewUser { email, hashed_password, first_name, last_name, role };
            let user = store.create_user(new).await.unwrap();
            if name == "disabled" {
                let change = UserChange { is_active: Some(false), ..UserChange::default() };
                store.update_user(user.id, change).await.unwrap();
            }
        }
        let mut checks = Vec::new();
        for name in ["unknown", "current", "disabled", "cheap", "costly", "broken", "none"] {
            let email = format!("{name}@x.org");
            let refused = auth.login(Proof { email, password: "x".into(), address: None }).await;
            assert!(matches!(refused, Err(AuthError::WrongPassword)), "{name}: {refused:?}");
            checks.append(&mut auth.0.hasher.checks.lock().unwrap());
        }
        assert_eq!(checks.len(), 7, "each is checked once");
        assert_eq!(checks[0].bcrypt, 1 << 6);
        assert!(checks[0].argon2 > 0 && checks.iter().all(|work| *work == checks[0]), "{checks:?}");
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn an_attempt_counts_when_its_client_leaves() {
        let settings = config::Auth { failures_per_account: 1, ..config::Auth::default() };
        let (_folder, store, auth) = auth_with(settings);
        let guess = || Proof { email: "ada@x.org".into(), password: "x".into(), address: None };
        let mut attempt = Box::pin(auth.login(guess()));
        assert!((&mut attempt).now_or_never().is_none(), "it takes its time");
        drop(attempt);
        let failed = store.audited().await;
        assert!(failed.iter().all(|record| !record.success), "{failed:?}");
        let next = auth.login(guess()).await.unwrap_err();
        assert!(matches!(next, AuthError::TooManyAttempts { .. }), "{next}");
        store.close().await.unwrap();
    }

    #[test]
    fn no_wait_is_told_shorter_than_it_is() {
        let seconds = |millis| whole_seconds(Duration::from_millis(millis));
        assert_eq!([seconds(1), seconds(999), seconds(1000), seconds(1001)], [1, 1, 1, 2]);
    }
}
