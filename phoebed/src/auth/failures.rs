//! Failures that are forgiven in time, of a bounded number of accounts or addresses. Pure.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// After so long without a failure all are forgiven.
pub const FORGIVEN: Duration = Duration::from_secs(60 * 60);
/// Accounts, or addresses, that are remembered.
pub const MOST: usize = 10_000;

/// The failures of each.
#[derive(Debug)]
pub struct Failures<K>(pub(super) HashMap<K, Entry>);

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// What is remembered of one.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// That are not forgiven.
    pub failures: u32,
    /// Attempts that are being checked.
    pub pending: u32,
    last: Instant,
}

impl Entry {
    /// One more, of which so many an hour are forgiven.
    pub fn fail(&mut self, allowed: u32, now: Instant) {
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
    /// How long the next attempt must wait, if at all, and not longer than this.
    pub fn wait(&self, key: &K, allowed: u32, longest: Duration, now: Instant) -> Option<Duration> {
        let entry = self.0.get(key).filter(|entry| !entry.is_forgiven(now))?;
        let counted = entry.left(allowed, now).saturating_add(entry.pending);
        let beyond = counted.checked_sub(allowed)?;
        let delay = Duration::from_secs(1_u64.checked_shl(beyond).unwrap_or(u64::MAX)).min(longest);
        let waited = now.duration_since(entry.last);
        // Beyond the allowance, one attempt is checked at a time.
        match delay.saturating_sub(waited) {
            Duration::ZERO if entry.pending == 0 => None,
            Duration::ZERO => Some(Duration::from_secs(1)),
            wait => Some(wait),
        }
    }

    /// To be changed; made when it is not there.
    pub fn entry(&mut self, key: K, now: Instant) -> &mut Entry {
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
