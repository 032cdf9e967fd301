//! Waiting for what happens by itself, the only way tests wait.

use std::time::{Duration, Instant};

/// Far longer than anything here takes on a slow, busy machine: reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(240);
const PAUSE: Duration = Duration::from_millis(10);

/// Calls `look` until it gives something, and returns that.
///
/// # Panics
/// When that never happens; `what` says what was waited for.
#[track_caller]
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(PAUSE);
    }
}
