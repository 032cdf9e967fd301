//! Failed attempts: how often, by whom, and how long the next one must wait. Pure code, told of the
//! time; the lists are bounded.
//!
//! The first few failures cost nothing. After each further one the next attempt must wait twice as
//! long as before, from a second to a quarter of an hour. The allowance comes back evenly within an
//! hour, so that the slips of a class behind one address do not add up to a closed door; an hour
//! without a failure forgives all.
//! Attempts on one account that are still being checked count as failed, so that a thousand at once
//! are no more than a few.

use std::collections::{HashMap, hash_map};
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

use crate::origin::Origin;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// After so long without a failure all are forgiven.
const FORGIVEN: Duration = Duration::from_secs(60 * 60);
/// Accounts, and addresses, that are remembered.
const MOST: usize = 10_000;

/// Attempts from one address that are checked at the same time: a class that logs in at once has
/// room, and whoever floods leaves places to others.
const AT_ONCE: u32 = 400;

/// How many failures cost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// On one account.
    pub per_account: u32,
    /// From one address.
    pub per_address: u32,
}

/// Failed attempts by account and by address.
#[derive(Debug, Default)]
pub struct Throttle {
    accounts: Failures<Account>,
    addresses: Failures<Origin>,
    /// How many attempts of each are being checked.
    checking: HashMap<Origin, u32>,
}

/// An attempt that was let through and whose outcome is awaited.
#[derive(Debug)]
#[must_use = "its outcome must be told"]
pub struct Attempt {
    account: Account,
    address: Option<Origin>,
}

/// An account by the digest of its name: a name may be as long as a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Account([u8; 32]);

impl Account {
    fn of(name: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, name.as_bytes()).as_ref());
        Self(bytes)
    }
}

impl Throttle {
    /// Lets an attempt through, or says how long to wait.
    pub fn begin(
        &mut self,
        account: &str,
        address: Option<IpAddr>,
        allowed: Allowed,
        now: Instant,
    ) -> Result<Attempt, Duration> {
        let account = Account::of(account);
        let address = address.map(Origin::of);
        let by_address = address.and_then(|it| self.addresses.wait(&it, allowed.per_address, now));
        let by_account = self.accounts.wait(&account, allowed.per_account, now);
        if let Some(wait) = by_address.max(by_account) {
            return Err(wait);
        }
        if let Some(address) = address {
            let checking = self.checking.entry(address).or_default();
            if *checking >= AT_ONCE {
                return Err(Duration::from_secs(1));
            }
            *checking += 1;
        }
        self.accounts.entry(account, now).pending += 1;
        Ok(Attempt { account, address })
    }

    /// The attempt failed. Answers whether the account's next one has to wait from now on.
    pub fn failed(&mut self, attempt: Attempt, allowed: Allowed, now: Instant) -> bool {
        self.checked(&attempt);
        if let Some(address) = attempt.address {
            self.addresses.entry(address, now).fail(allowed.per_address, now);
        }
        let entry = self.accounts.entry(attempt.account, now);
        entry.pending = entry.pending.saturating_sub(1);
        entry.fail(allowed.per_account, now);
        entry.failures >= allowed.per_account
    }

    /// The attempt succeeded: its account begins anew.
    pub fn succeeded(&mut self, attempt: Attempt) {
        self.settle(attempt, true);
    }

    /// The attempt came to nothing, neither good nor bad.
    pub fn given_up(&mut self, attempt: Attempt) {
        self.settle(attempt, false);
    }

    fn checked(&mut self, attempt: &Attempt) {
        let checking = attempt.address.map(|address| self.checking.entry(address));
        if let Some(hash_map::Entry::Occupied(mut checking)) = checking {
            *checking.get_mut() -= 1;
            if *checking.get() == 0 {
                checking.remove();
            }
        }
    }

    fn settle(&mut self, attempt: Attempt, forgive: bool) {
        self.checked(&attempt);
        if let Some(entry) = self.accounts.0.get_mut(&attempt.account) {
            entry.pending = entry.pending.saturating_sub(1);
            if forgive {
                entry.failures = 0;
            }
            if entry.pending == 0 && entry.failures == 0 {
                self.accounts.0.remove(&attempt.account);
            }
        }
    }
}

#[derive(Debug)]
struct Failures<K>(HashMap<K, Entry>);

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    failures: u32,
    pending: u32,
    last: Instant,
}

impl Entry {
    fn fail(&mut self, allowed: u32, now: Instant) {
        self.failures = self.left(allowed, now).saturating_add(1);
        self.last = now;
    }

    /// The failures that still count.
    fn left(&self, allowed: u32, now: Instant) -> u32 {
        let each = (FORGIVEN / allowed.max(1)).as_nanos().max(1);
        let forgiven = now.duration_since(self.last).as_nanos() / each;
        self.failures.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX))
    }

    fn is_forgiven(&self, now: Instant) -> bool {
        now.duration_since(self.last) >= FORGIVEN
    }
}

impl<K: Eq + Hash + Clone> Failures<K> {
    /// How long the next attempt must wait, if at all.
    fn wait(&self, key: &K, allowed: u32, now: Instant) -> Option<Duration> {
        let entry = self.0.get(key).filter(|entry| !entry.is_forgiven(now))?;
        let counted = entry.left(allowed, now).saturating_add(entry.pending);
        let beyond = counted.checked_sub(allowed)?;
        let delay = Duration::from_secs(1_u64.checked_shl(beyond).unwrap_or(u64::MAX)).min(LONGEST);
        let waited = now.duration_since(entry.last);
        // Beyond the allowance, one attempt is checked at a time.
        match delay.saturating_sub(waited) {
            Duration::ZERO if entry.pending == 0 => None,
            Duration::ZERO => Some(Duration::from_secs(1)),
            wait => Some(wait),
        }
    }

    fn entry(&mut self, key: K, now: Instant) -> &mut Entry {
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.0.entry(key).or_insert(Entry { failures: 0, pending: 0, last: now });
        if entry.is_forgiven(now) {
            entry.failures = 0;
        }
        entry
    }

    /// Forgets what is forgiven, else the one that failed least and longest ago.
    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, entry| entry.pending > 0 || !entry.is_forgiven(now));
        if self.0.len() < MOST {
            return;
        }
        let least = self.0.iter().min_by_key(|(_, entry)| (entry.failures, entry.last));
        if let Some(key) = least.map(|(key, _)| key.clone()) {
            self.0.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: Allowed = Allowed { per_account: 3, per_address: 5 };

    fn address(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    fn fail(throttle: &mut Throttle, account: &str, from: u8, now: Instant) -> Result<(), u64> {
        let attempt = throttle.begin(account, address(from), ALLOWED, now);
        let attempt = attempt.map_err(|wait| wait.as_secs())?;
        throttle.failed(attempt, ALLOWED, now);
        Ok(())
    }

    #[test]
    fn each_failure_beyond_the_allowance_doubles_the_wait() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for n in 0..3 {
            assert_eq!(fail(&mut throttle, "ada", n, now), Ok(()));
        }
        for wait in [1, 2, 4, 8, 16] {
            assert_eq!(fail(&mut throttle, "ada", 9, now), Err(wait));
            assert_eq!(fail(&mut throttle, "bob", 8, now + FORGIVEN), Ok(()));
            now += Duration::from_secs(wait);
            assert_eq!(fail(&mut throttle, "ada", 7 + wait as u8 * 10, now), Ok(()));
        }
        now += FORGIVEN;
        assert_eq!(fail(&mut throttle, "ada", 9, now), Ok(()));
    }

    #[test]
    fn slips_now_and_then_from_one_address_close_no_door() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for n in 0..500 {
            assert_eq!(fail(&mut throttle, &format!("student{n}"), 1, now), Ok(()));
            now += FORGIVEN / ALLOWED.per_address;
        }
        // As many as are allowed within an hour, at once, are guesses.
        for n in 0..5 {
            assert_eq!(fail(&mut throttle, &format!("other{n}"), 1, now), Ok(()));
        }
        assert_eq!(fail(&mut throttle, "another", 1, now), Err(1));
    }

    #[test]
    fn the_wait_has_an_end() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        for n in 0..100 {
            now += LONGEST;
            assert_eq!(fail(&mut throttle, "ada", n, now), Ok(()));
        }
        assert_eq!(fail(&mut throttle, "ada", 100, now), Err(LONGEST.as_secs()));
    }

    #[test]
    fn one_address_cannot_try_every_account() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..5 {
            assert_eq!(fail(&mut throttle, &format!("user{n}"), 1, now), Ok(()));
        }
        assert_eq!(fail(&mut throttle, "another", 1, now), Err(1));
        assert_eq!(fail(&mut throttle, "another", 2, now), Ok(()));
        let v6 = |text: &str| Some(text.parse().unwrap());
        for n in 0..5 {
            let from = v6(&format!("2001:db8::{n}"));
            let attempt = throttle.begin(&format!("v6-{n}"), from, ALLOWED, now).unwrap();
            throttle.failed(attempt, ALLOWED, now);
        }
        assert!(throttle.begin("x", v6("2001:db8::ffff"), ALLOWED, now).is_err());
        let other = throttle.begin("x", v6("2001:db8:0:1::"), ALLOWED, now).unwrap();
        throttle.given_up(other);
    }

    #[test]
    fn attempts_at_the_same_time_count_before_they_are_checked() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let begun: Vec<_> = (0..50_u8)
            .filter_map(|n| throttle.begin("ada", address(n), ALLOWED, now).ok())
            .collect();
        assert_eq!(begun.len(), 3);
        begun.into_iter().for_each(|attempt| throttle.succeeded(attempt));
        assert!(throttle.accounts.0.is_empty(), "nothing is kept of what went well");
    }

    #[test]
    fn one_address_does_not_take_every_place() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let mut begin = |n: u32, from| throttle.begin(&n.to_string(), address(from), ALLOWED, now);
        let mut begun: Vec<_> = (0..AT_ONCE).map(|n| begin(n, 1).unwrap()).collect();
        assert_eq!(begin(AT_ONCE, 1).map(drop), Err(Duration::from_secs(1)));
        begun.push(begin(AT_ONCE, 2).unwrap());
        throttle.succeeded(begun.swap_remove(0));
        begun.push(throttle.begin("again", address(1), ALLOWED, now).unwrap());
        begun.into_iter().for_each(|attempt| throttle.given_up(attempt));
        assert!(throttle.checking.is_empty() && throttle.accounts.0.is_empty());
    }

    #[test]
    fn nothing_is_remembered_beyond_the_bound_and_the_worst_stays() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..3 {
            fail(&mut throttle, "worst", n, now).unwrap();
        }
        let later = now + FORGIVEN / 2;
        for n in 0..MOST + 50 {
            let attempt = throttle.begin(&format!("other {n}"), None, ALLOWED, later).unwrap();
            throttle.failed(attempt, ALLOWED, later);
        }
        assert_eq!(throttle.accounts.0.len(), MOST);
        assert!(throttle.accounts.0.contains_key(&Account::of("worst")));
    }
}
