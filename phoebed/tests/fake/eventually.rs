//! Waiting for a condition.

use std::time::{Duration, Instant};

/// After this long something is broken and not slow.
pub const LIMIT: Duration = Duration::from_secs(40);
const PAUSE: Duration = Duration::from_millis(5);

/// Tries until there is a value; fails with `what` when there is none.
pub async fn eventually<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(value) = attempt().await {
            return value;
        }
        assert!(Instant::now() < end, "not within {} s: {what}", LIMIT.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
}

/// The future's value; fails with `what` when it takes too long.
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let value = tokio::time::timeout(LIMIT, future).await;
    value.unwrap_or_else(|_| panic!("not within {} s: {what}", LIMIT.as_secs()))
}
