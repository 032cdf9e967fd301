//! What the log says while the accounts cannot be reached: every request meets the same failure, so
//! it is said once, then at most once a minute with how many there were, and once when it is over.
//!
//! One for the whole process, since errors become [`super::AuthError`]s wherever they happen.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two lines about failures.
const SAID_EVERY: Duration = Duration::from_secs(60);
/// Without a failure for so long, it is over: while the disk is full, every read still succeeds.
const QUIET: Duration = Duration::from_secs(5);

static TROUBLE: Mutex<Trouble> = Mutex::new(Trouble::none());

/// The database failed; requests go on with what is known, or are refused.
pub(super) fn failed(cause: &str) {
    // The lock is not held while the line is written.
    let said = lock().failed(Instant::now());
    match said {
        Some(0) => log::error!("accounts cannot be reached: {cause}"),
        Some(more) => {
            log::error!(
                "accounts cannot be reached, {more} more times since this was said: {cause}"
            );
        }
        None => {}
    }
}

/// The database answered.
pub(super) fn succeeded() {
    let unsaid = lock().succeeded(Instant::now());
    match unsaid {
        Some(0) => log::info!("accounts can be reached again"),
        Some(more) => log::info!("accounts can be reached again, after {more} more failures"),
        None => {}
    }
}

fn lock() -> MutexGuard<'static, Trouble> {
    TROUBLE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Trouble {
    /// The latest failure, while its end was not said.
    last: Option<Instant>,
    said: Option<Instant>,
    /// Failures since something was said.
    unsaid: u64,
}

impl Trouble {
    const fn none() -> Self {
        Self { last: None, said: None, unsaid: 0 }
    }

    /// How many failures were not said, when this one is to be said.
    fn failed(&mut self, now: Instant) -> Option<u64> {
        self.last = Some(now);
        if self.said.is_some_and(|said| now.duration_since(said) < SAID_EVERY) {
            self.unsaid += 1;
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }

    /// How many failures were not said, when its end is to be said.
    fn succeeded(&mut self, now: Instant) -> Option<u64> {
        self.last.take_if(|last| now.duration_since(*last) >= QUIET)?;
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_said_once_a_minute_and_their_end_once() {
        let (mut trouble, start) = (Trouble::none(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(trouble.succeeded(at(0)), None);
        assert_eq!(trouble.failed(at(0)), Some(0));
        for second in 1..60 {
            assert_eq!(trouble.failed(at(second)), None);
            assert_eq!(trouble.succeeded(at(second)), None, "reads may go on");
        }
        assert_eq!(trouble.failed(at(60)), Some(59));
        assert_eq!(trouble.failed(at(61)), None);
        assert_eq!(trouble.succeeded(at(70)), Some(1));
        assert_eq!(trouble.succeeded(at(71)), None);
        assert_eq!(trouble.failed(at(72)), None, "again, and within the minute");
        assert_eq!(trouble.failed(at(120)), Some(1));
        assert_eq!(trouble.succeeded(at(125)), Some(0));
    }
}
