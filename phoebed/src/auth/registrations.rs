//! Accounts that were made, by address: so many an hour. The list is bounded.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::AuthError;
use crate::buckets::Table;
use crate::origin::Origin;

/// In which so many may be made.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Addresses that are remembered at a time.
const MOST: usize = 10_000;

/// The accounts of each address.
#[derive(Debug)]
pub struct Registrations(Mutex<Table>);

impl Default for Registrations {
    fn default() -> Self {
        Self(Mutex::new(Table::new(MOST, HOUR)))
    }
}

impl Registrations {
    /// Counts one, or says how long to wait. Without a limit nothing is counted.
    pub fn count(
        &self,
        from: Option<IpAddr>,
        limit: Option<u32>,
        now: Instant,
    ) -> Result<(), AuthError> {
        let Some((origin, limit)) = from.map(Origin::of).zip(limit) else { return Ok(()) };
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.take(origin, now, limit).map_err(|wait| {
            let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
            AuthError::TooManyRegistrations { limit, seconds }
        })
    }

    /// One that was counted came to nothing.
    pub fn give_back(&self, from: Option<IpAddr>, limit: Option<u32>) {
        if let Some((origin, _)) = from.map(Origin::of).zip(limit) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).give_back(origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_an_hour_from_one_address_and_none_for_what_failed() {
        let (registrations, now) = (Registrations::default(), Instant::now());
        let address = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let (one, neighbour) = (address("2001:db8::1"), address("2001:db8::2"));
        let (other, limit) = (address("192.0.2.1"), Some(3));
        for _ in 0..10 {
            registrations.count(one, limit, now).expect("what failed does not count");
            registrations.give_back(one, limit);
        }
        for from in [one, neighbour, one] {
            registrations.count(from, limit, now).expect("three");
        }
        let refused = registrations.count(neighbour, limit, now);
        let seconds = match refused {
            Err(AuthError::TooManyRegistrations { limit: 3, seconds }) => seconds,
            other => panic!("{other:?}"),
        };
        assert_eq!(seconds, 20 * 60);
        registrations.count(other, limit, now).expect("another address");
        let later = now + Duration::from_secs(seconds);
        registrations.count(one, limit, later).expect("who waits gets a turn");
        assert!(registrations.count(one, limit, later).is_err());
        for _ in 0..100 {
            registrations.count(one, None, now).expect("no limit");
            registrations.count(None, limit, now).expect("no address");
        }
    }
}
