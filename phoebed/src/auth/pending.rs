//! An attempt whose password is being checked. However its request ends, it counts as pending no
//! longer: a client that leaves must not keep an account closed.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::throttle::{Allowed, Attempt, Throttle};

/// An attempt that was let through.
#[derive(Debug)]
#[must_use = "its outcome must be told"]
pub struct Pending {
    throttle: Arc<Mutex<Throttle>>,
    attempt: Option<Attempt>,
}

impl Pending {
    /// Lets an attempt through, or says how long to wait.
    pub fn begin(
        throttle: &Arc<Mutex<Throttle>>,
        account: &str,
        address: Option<IpAddr>,
        allowed: Allowed,
    ) -> Result<Self, Duration> {
        let attempt = lock(throttle).begin(account, address, allowed, Instant::now())?;
        Ok(Self { throttle: throttle.clone(), attempt: Some(attempt) })
    }

    /// It failed. Answers whether the account's next one has to wait from now on.
    pub fn failed(mut self, allowed: Allowed) -> bool {
        let attempt = self.attempt.take();
        attempt.is_some_and(|it| lock(&self.throttle).failed(it, allowed, Instant::now()))
    }

    /// It succeeded.
    pub fn succeeded(mut self) {
        if let Some(attempt) = self.attempt.take() {
            lock(&self.throttle).succeeded(attempt, Instant::now());
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(attempt) = self.attempt.take() {
            lock(&self.throttle).given_up(attempt);
        }
    }
}

fn lock(throttle: &Mutex<Throttle>) -> MutexGuard<'_, Throttle> {
    throttle.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_while_a_password_is_checked_closes_no_account() {
        let (throttle, allowed) =
            (Arc::default(), Allowed { per_account: 2, per_address: 100, in_all: None });
        let begin = || Pending::begin(&throttle, "ada", None, allowed);
        for _ in 0..50 {
            drop(begin().expect("it is let through"));
        }
        let (first, second) = (begin().expect("one"), begin().expect("two"));
        assert!(begin().is_err(), "two are being checked");
        assert!(!first.failed(allowed));
        second.succeeded();
        begin().expect("all is forgiven").succeeded();
    }
}
