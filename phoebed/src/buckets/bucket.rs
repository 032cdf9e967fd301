//! A token bucket: so many in a while, and as many at once. Pure: the clock is the caller's,
//! and the rate may be another one each time.

use std::time::{Duration, Instant};

/// What is left of one while's worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Requests that may come at `at`.
    tokens: f64,
    at: Instant,
    each: Duration,
}

impl Bucket {
    /// Full, for a rate in each such while.
    pub fn new(now: Instant, rate: u32, each: Duration) -> Self {
        Self { tokens: size(rate), at: now, each }
    }

    /// Takes a request, or tells how long to wait for the next one.
    pub fn take(&mut self, now: Instant, rate: u32) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.at).div_duration_f64(self.each);
        self.tokens = (self.tokens + passed * f64::from(rate)).min(size(rate));
        self.at = self.at.max(now);
        // What sums of fractions lose must not cost a whole turn.
        if self.tokens >= 1.0 - 1e-6 {
            self.tokens = (self.tokens - 1.0).max(0.0);
            return Ok(());
        }
        Err(self.each.mul_f64((1.0 - self.tokens) / size(rate)))
    }

    /// Undoes a [`Bucket::take`].
    pub fn give_back(&mut self) {
        self.tokens += 1.0;
    }
}

/// At least one, so that a wait is finite.
fn size(rate: u32) -> f64 {
    f64::from(rate.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    proptest! {
        #[test]
        fn no_more_than_the_burst_and_the_rate_are_let_through(
            rate in 1_u32..50,
            gaps in prop::collection::vec(0_u64..500, 1..300),
        ) {
            let begin = Instant::now();
            let mut bucket = Bucket::new(begin, rate, SECOND);
            let (mut now, mut taken) = (begin, 0_u32);
            for gap in gaps {
                now += Duration::from_millis(gap);
                taken += u32::from(bucket.take(now, rate).is_ok());
                let most = f64::from(rate) * (1.0 + (now - begin).as_secs_f64());
                prop_assert!(f64::from(taken) <= most + 1e-3, "{taken} of {most}");
            }
        }

        #[test]
        fn whoever_waits_as_told_gets_a_turn(rate in 1_u32..1000, pause in 0_u64..3000) {
            let mut now = Instant::now();
            let mut bucket = Bucket::new(now, rate, SECOND);
            now += Duration::from_millis(pause);
            while bucket.take(now, rate).is_ok() {}
            let wait = bucket.take(now, rate).unwrap_err();
            prop_assert!(wait <= Duration::from_secs(1), "{wait:?}");
            prop_assert!(bucket.take(now + wait, rate).is_ok());
        }

        #[test]
        fn a_full_bucket_lets_exactly_one_seconds_worth_through(rate in 1_u32..1000) {
            let now = Instant::now();
            let mut bucket = Bucket::new(now, rate, SECOND);
            let taken = (0..2000).filter(|_| bucket.take(now, rate).is_ok()).count();
            prop_assert_eq!(taken, rate as usize);
        }

        #[test]
        fn a_rate_that_changes_counts_at_once(from in 1_u32..1000, to in 1_u32..1000) {
            let now = Instant::now();
            let mut bucket = Bucket::new(now, from, SECOND);
            let taken = (0..2000).filter(|_| bucket.take(now, to).is_ok()).count();
            prop_assert_eq!(taken, from.min(to) as usize);
        }
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_gives_nothing() {
        let now = Instant::now() + Duration::from_secs(10);
        let mut bucket = Bucket::new(now, 1, SECOND);
        assert_eq!(bucket.take(now, 1), Ok(()));
        assert!(bucket.take(now - Duration::from_secs(5), 1).is_err());
        assert!(bucket.take(now, 1).is_err());
        bucket.give_back();
        assert_eq!(bucket.take(now, 1), Ok(()));
    }
}
