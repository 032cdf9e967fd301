//! How many commands wait for their turn in a session: a count with a limit that can change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The count; clones share it.
#[derive(Debug, Clone, Default)]
pub struct WaitingCount(Arc<AtomicUsize>);

/// A place among those that wait; dropping it gives it back.
#[derive(Debug)]
pub struct WaitingPlace(WaitingCount);

impl WaitingCount {
    /// Takes a place unless so many have one; the error is how many have.
    pub fn enter(&self, limit: usize) -> Result<WaitingPlace, usize> {
        let room = |count: usize| (count < limit).then_some(count + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)?;
        Ok(WaitingPlace(self.clone()))
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for WaitingPlace {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_more_wait_than_the_limit_of_the_moment_lets_in(
            steps in prop::collection::vec((any::<bool>(), 0_usize..6), 0..100)
        ) {
            let count = WaitingCount::default();
            let mut places = Vec::new();
            for (enter, limit) in steps {
                if enter {
                    let had = places.len();
                    match count.enter(limit) {
                        Ok(place) => { prop_assert!(had < limit); places.push(place); }
                        Err(waiting) => prop_assert!(had >= limit && waiting == had),
                    }
                } else {
                    places.pop();
                }
                prop_assert_eq!(count.count(), places.len());
            }
        }
    }
}
