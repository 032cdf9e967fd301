//! A bucket for each address, for a bounded number of them: the one that was not heard of for the
//! longest time makes room. Its bucket is the fullest, so least is forgotten with it.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use crate::origin::Origin;

/// The buckets.
#[derive(Debug)]
pub struct Table {
    most: usize,
    each: Duration,
    entries: HashMap<Origin, Entry>,
    /// The entries by their last turn.
    turns: BTreeMap<u64, Origin>,
    next_turn: u64,
}

#[derive(Debug)]
struct Entry {
    bucket: Bucket,
    turn: u64,
}

impl Table {
    /// For so many addresses, with rates in each such while.
    pub fn new(most: usize, each: Duration) -> Self {
        Self { most, each, entries: HashMap::new(), turns: BTreeMap::new(), next_turn: 0 }
    }

    /// As [`Bucket::take`], for this address.
    pub fn take(&mut self, origin: Origin, now: Instant, rate: u32) -> Result<(), Duration> {
        let turn = self.next_turn;
        self.next_turn += 1;
        self.turns.insert(turn, origin);
        if let Some(entry) = self.entries.get_mut(&origin) {
            self.turns.remove(&entry.turn);
            entry.turn = turn;
            return entry.bucket.take(now, rate);
        }
        if self.entries.len() >= self.most
            && let Some((_, oldest)) = self.turns.pop_first()
        {
            self.entries.remove(&oldest);
        }
        let mut bucket = Bucket::new(now, rate, self.each);
        let taken = bucket.take(now, rate);
        self.entries.insert(origin, Entry { bucket, turn });
        taken
    }

    /// As [`Bucket::give_back`], for this address.
    pub fn give_back(&mut self, origin: Origin) {
        if let Some(entry) = self.entries.get_mut(&origin) {
            entry.bucket.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_never_grows_beyond_its_bound_and_keeps_the_latest(
            seen in prop::collection::vec(0_u64..40, 1..400),
        ) {
            let now = Instant::now();
            let mut table = Table::new(8, Duration::from_secs(1));
            for block in &seen {
                let _ = table.take(Origin::Block(*block), now, 5);
                prop_assert!(table.entries.len() <= 8);
                prop_assert_eq!(table.entries.len(), table.turns.len());
            }
            let mut latest: Vec<u64> = Vec::new();
            for block in seen.iter().rev() {
                if !latest.contains(block) {
                    latest.push(*block);
                }
            }
            for block in latest.iter().take(8) {
                prop_assert!(table.entries.contains_key(&Origin::Block(*block)));
            }
        }
    }

    #[test]
    fn addresses_do_not_take_from_each_other() {
        let now = Instant::now();
        let mut table = Table::new(8, Duration::from_secs(1));
        let [one, other] = [Origin::Block(1), Origin::Block(2)];
        assert_eq!(table.take(one, now, 1), Ok(()));
        assert!(table.take(one, now, 1).is_err());
        assert_eq!(table.take(other, now, 1), Ok(()));
        table.give_back(one);
        assert_eq!(table.take(one, now, 1), Ok(()));
    }
}
