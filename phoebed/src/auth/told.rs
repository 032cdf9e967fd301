//! What was recorded of late: a client that does the same thing over and over must not fill the
//! audit.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::origin::Origin;

/// Between two records of the same.
const EVERY: Duration = Duration::from_secs(60);
/// Things that are remembered.
const MOST: usize = 10_000;

/// What may be done over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doing {
    /// Logging in with the right password.
    LoggingIn,
    /// Logging in with the right password to an account that is disabled.
    LoggingInDisabled,
    /// Registering more than is allowed.
    Registering,
    /// Using a token that was revoked.
    UsingRevoked,
    /// Using a token of an account that is disabled.
    UsingDisabled,
}

/// Who did what, from where.
type Deed = (Doing, String, Option<Origin>);

/// When each was recorded last.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashMap<Deed, Instant>>);

impl Told {
    /// Whether it is to be recorded: it was not within the last minute.
    pub fn is_new(&self, doing: Doing, who: &str, from: Option<IpAddr>, now: Instant) -> bool {
        let key = (doing, who.to_owned(), from.map(Origin::of));
        let is_late = |at: &Instant| now.duration_since(*at) < EVERY;
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(&key).is_some_and(is_late) {
            return false;
        }
        if told.len() >= MOST {
            told.retain(|_, at| is_late(at));
        }
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_a_minute_and_no_more_is_kept_than_allowed() {
        let (told, now) = (Told::default(), Instant::now());
        let [one, other] = [1, 2].map(|last| Some(IpAddr::from([192, 0, 2, last])));
        let is_new = |who: &str, from, now| told.is_new(Doing::LoggingIn, who, from, now);
        assert!(is_new("7", one, now) && !is_new("7", one, now + EVERY / 2));
        assert!(is_new("7", other, now) && is_new("8", one, now) && is_new("7", None, now));
        assert!(told.is_new(Doing::UsingRevoked, "7", one, now));
        assert!(is_new("7", one, now + EVERY) && !is_new("7", one, now + EVERY));
        for n in 0..2 * MOST + 5 {
            assert!(is_new(&format!("user {n}"), None, now));
            assert!(told.0.lock().unwrap().len() <= MOST);
        }
    }
}
