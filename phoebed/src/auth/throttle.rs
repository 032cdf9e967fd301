//! Failed attempts: how often, by whom, and how long the next one must wait. Pure code, told of the
//! time; the lists are bounded.
//!
//! The first few failures cost nothing. After each further one the next attempt must wait twice as
//! long as before, from a second to a quarter of an hour. The allowance comes back evenly within an
//! hour, so that the slips of a class behind one address do not add up to a closed door; an hour
//! without a failure forgives all.
//! Attempts on one account that are still being checked count as failed, so that a thousand at once
//! are no more than a few.
//!
//! From an address from which the password was right of late, failures are counted apart: strangers
//! keep no account closed to its owner. A password that all share is no account's, and any number of
//! names can be tried with it: there, failures from other addresses are also counted in all, and
//! beyond an allowance each must wait, though less long, since strangers wait for each other.

use std::collections::{HashMap, hash_map};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

use super::failures::Failures;
use super::known::Known;
use crate::origin::Origin;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// The longest wait for what strangers do in all.
const LONGEST_IN_ALL: Duration = Duration::from_secs(60);

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
    /// From all addresses that are not known, of a password that all share.
    pub in_all: Option<u32>,
}

/// Failed attempts by account and by address.
#[derive(Debug, Default)]
pub struct Throttle {
    accounts: Failures<Counted>,
    addresses: Failures<Origin>,
    /// Of a password that all share.
    strangers: Failures<()>,
    known: Known<Account>,
    /// How many attempts of each are being checked.
    checking: HashMap<Origin, u32>,
}

/// An attempt that was let through and whose outcome is awaited.
#[derive(Debug)]
#[must_use = "its outcome must be told"]
pub struct Attempt {
    counted: Counted,
    address: Option<Origin>,
    /// Whose password it is.
    password: Account,
    is_shared: bool,
}

/// An account as it is tried: by strangers, or from an address that is known.
type Counted = (Account, Option<Origin>);

/// An account by the digest of its name: a name may be as long as a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Account([u8; 32]);

impl Account {
    /// Of a password that all share: no name has this digest.
    const SHARED: Self = Self([0; 32]);

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
        let is_shared = allowed.in_all.is_some();
        let password = if is_shared { Account::SHARED } else { account };
        let known = address.filter(|it| self.known.has(&password, *it, now));
        let counted = (account, known);
        let by_address =
            address.and_then(|it| self.addresses.wait(&it, allowed.per_address, LONGEST, now));
        let by_account = self.accounts.wait(&counted, allowed.per_account, LONGEST, now);
        let in_all = allowed.in_all.filter(|_| known.is_none());
        let in_all = in_all.and_then(|it| self.strangers.wait(&(), it, LONGEST_IN_ALL, now));
        if let Some(wait) = by_address.max(by_account).max(in_all) {
            return Err(wait);
        }
        if let Some(address) = address {
            let checking = self.checking.entry(address).or_default();
            if *checking >= AT_ONCE {
                return Err(Duration::from_secs(1));
            }
            *checking += 1;
        }
        self.accounts.entry(counted, now).pending += 1;
        Ok(Attempt { counted, address, password, is_shared })
    }

    /// The attempt failed. Answers whether the next one has to wait from now on.
    pub fn failed(&mut self, attempt: Attempt, allowed: Allowed, now: Instant) -> bool {
        self.checked(&attempt);
        if let Some(address) = attempt.address {
            self.addresses.entry(address, now).fail(allowed.per_address, now);
        }
        let entry = self.accounts.entry(attempt.counted, now);
        entry.pending = entry.pending.saturating_sub(1);
        entry.fail(allowed.per_account, now);
        let must_wait = entry.failures >= allowed.per_account;
        let is_strangers = attempt.counted.1.is_none();
        let Some(in_all) = allowed.in_all.filter(|_| is_strangers) else { return must_wait };
        let strangers = self.strangers.entry((), now);
        strangers.fail(in_all, now);
        must_wait || strangers.failures >= in_all
    }

    /// The attempt succeeded: its account begins anew where it was counted, and its address is known.
    pub fn succeeded(&mut self, attempt: Attempt, now: Instant) {
        if let Some(address) = attempt.address {
            self.known.add(attempt.password, address, attempt.is_shared, now);
        }
        self.settle(attempt, true);
    }

    /// An account was made: its owner is known where that was.
    pub fn made(&mut self, account: &str, address: Option<IpAddr>, now: Instant) {
        if let Some(address) = address {
            self.known.add(Account::of(account), Origin::of(address), false, now);
        }
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
        if let Some(entry) = self.accounts.0.get_mut(&attempt.counted) {
            entry.pending = entry.pending.saturating_sub(1);
            if forgive {
                entry.failures = 0;
            }
            if entry.pending == 0 && entry.failures == 0 {
                self.accounts.0.remove(&attempt.counted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::failures::{FORGIVEN, MOST};
    use super::*;

    const ALLOWED: Allowed = Allowed { per_account: 3, per_address: 5, in_all: None };

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
        begun.into_iter().for_each(|attempt| throttle.succeeded(attempt, now));
        assert!(throttle.accounts.0.is_empty(), "nothing is kept of what went well");
    }

    #[test]
    fn strangers_keep_no_account_closed_to_its_owner() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let right = |throttle: &mut Throttle, from| {
            let attempt = throttle.begin("ada", address(from), ALLOWED, now);
            throttle.succeeded(attempt.unwrap(), now);
        };
        right(&mut throttle, 1);
        throttle.made("bob", address(2), now);
        for account in ["ada", "bob"] {
            for from in 10..13 {
                fail(&mut throttle, account, from, now).unwrap();
            }
            assert_eq!(fail(&mut throttle, account, 13, now), Err(1));
        }
        right(&mut throttle, 1);
        assert_eq!(fail(&mut throttle, "ada", 14, now), Err(1), "strangers wait all the same");
        assert_eq!(fail(&mut throttle, "bob", 1, now), Err(1), "who is known is known to one");
        // There, too, no more can be guessed than is allowed.
        for _ in 0..3 {
            fail(&mut throttle, "bob", 2, now).unwrap();
        }
        assert_eq!(fail(&mut throttle, "bob", 2, now), Err(1));
    }

    #[test]
    fn a_shared_password_is_not_guessed_from_everywhere_under_any_name() {
        let shared = Allowed { in_all: Some(20), ..ALLOWED };
        let (mut throttle, begin) = (Throttle::default(), Instant::now());
        let right = throttle.begin("ada", address(1), shared, begin).unwrap();
        throttle.succeeded(right, begin);
        // A day of guesses, each second one, under another name and from another address.
        let (mut checked, mut longest) = (0, Duration::ZERO);
        let end = begin + FORGIVEN * 24;
        for second in 0..24 * 60 * 60_u32 {
            let now = begin + Duration::from_secs(second.into());
            let from = Some(IpAddr::from(second.to_be_bytes()));
            match throttle.begin(&second.to_string(), from, shared, now) {
                Ok(attempt) => {
                    throttle.failed(attempt, shared, now);
                    checked += 1;
                }
                Err(wait) => longest = longest.max(wait),
            }
        }
        assert!(checked < 24 * 90, "{checked} were checked");
        assert!(longest <= LONGEST_IN_ALL, "{longest:?}");
        assert!(throttle.begin("new", address(2), shared, end - LONGEST_IN_ALL / 60).is_err());
        let owner = throttle.begin("another name", address(1), shared, end).unwrap();
        throttle.succeeded(owner, end);
    }

    #[test]
    fn one_address_does_not_take_every_place() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let mut begin = |n: u32, from| throttle.begin(&n.to_string(), address(from), ALLOWED, now);
        let mut begun: Vec<_> = (0..AT_ONCE).map(|n| begin(n, 1).unwrap()).collect();
        assert_eq!(begin(AT_ONCE, 1).map(drop), Err(Duration::from_secs(1)));
        begun.push(begin(AT_ONCE, 2).unwrap());
        throttle.succeeded(begun.swap_remove(0), now);
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
        assert!(throttle.accounts.0.contains_key(&(Account::of("worst"), None)));
    }
}
