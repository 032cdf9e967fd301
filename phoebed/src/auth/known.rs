//! Where the right password came from of late: whoever comes from there again does not wait for the
//! failures of strangers. Pure code, told of the time; bounded, and forgotten at a restart.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::origin::Origin;

/// How long an address is known after the last right password from it.
const LATELY: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Addresses that are known in all.
const MOST: usize = 10_000;
/// Of one password: somebody with a whole network at hand must not push out all others.
const MOST_OF_ONE: usize = 8;

/// The addresses of each password.
#[derive(Debug)]
pub struct Known<K> {
    origins: HashMap<K, Vec<(Origin, Instant)>>,
    in_all: usize,
}

impl<K> Default for Known<K> {
    fn default() -> Self {
        Self { origins: HashMap::new(), in_all: 0 }
    }
}

impl<K: Eq + Hash + Copy> Known<K> {
    /// Whether the right password came from there of late.
    pub fn has(&self, key: &K, origin: Origin, now: Instant) -> bool {
        let origins = self.origins.get(key).map(Vec::as_slice).unwrap_or_default();
        origins.iter().any(|(own, last)| *own == origin && now.duration_since(*last) < LATELY)
    }

    /// The right password came from there. One that many share may come from anywhere.
    pub fn add(&mut self, key: K, origin: Origin, is_shared: bool, now: Instant) {
        let most = if is_shared { MOST } else { MOST_OF_ONE };
        let origins = self.origins.entry(key).or_default();
        let before = origins.len();
        origins.retain(|(own, _)| *own != origin);
        if origins.len() >= most {
            // They are in the order of their last right passwords.
            origins.remove(0);
        }
        origins.push((origin, now));
        self.in_all = self.in_all + origins.len() - before;
        if self.in_all > MOST {
            self.forget_the_oldest();
        }
    }

    fn forget_the_oldest(&mut self) {
        let first = |origins: &Vec<(Origin, Instant)>| origins.first().map(|(_, last)| *last);
        let oldest = self.origins.iter().min_by_key(|(_, origins)| first(origins));
        let Some(key) = oldest.map(|(key, _)| *key) else { return };
        if let Some(origins) = self.origins.get_mut(&key) {
            origins.remove(0);
            self.in_all -= 1;
            if origins.is_empty() {
                self.origins.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_for_one_password_and_for_a_while() {
        let (mut known, now) = (Known::default(), Instant::now());
        known.add("ada", Origin::Block(1), false, now);
        assert!(known.has(&"ada", Origin::Block(1), now + LATELY / 2));
        assert!(!known.has(&"ada", Origin::Block(2), now));
        assert!(!known.has(&"bob", Origin::Block(1), now));
        assert!(!known.has(&"ada", Origin::Block(1), now + LATELY));
        known.add("ada", Origin::Block(1), false, now + LATELY);
        assert!(known.has(&"ada", Origin::Block(1), now + LATELY));
        assert_eq!(known.in_all, 1);
    }

    #[test]
    fn nobody_pushes_out_others_and_the_oldest_goes_first() {
        let (mut known, begin) = (Known::default(), Instant::now());
        let at = |n: u64| begin + Duration::from_secs(n);
        known.add(0, Origin::Block(0), false, begin);
        for n in 1..100 {
            known.add(1, Origin::Block(n), false, at(n));
        }
        assert!(known.has(&0, Origin::Block(0), at(100)));
        assert_eq!(known.in_all, 1 + MOST_OF_ONE);
        assert!(known.has(&1, Origin::Block(99), at(100)));
        assert!(!known.has(&1, Origin::Block(91), at(100)));
        for n in 0..MOST as u64 {
            known.add(2, Origin::Block(n), true, at(200 + n));
        }
        assert_eq!(known.in_all, MOST);
        assert_eq!(known.origins.values().map(Vec::len).sum::<usize>(), MOST);
        assert!(!known.has(&0, Origin::Block(0), at(300)), "it was the oldest");
        assert!(known.has(&2, Origin::Block(MOST as u64 - 1), at(300)));
    }
}
