//! How often the pool's task does what nobody asks for.

use std::time::Duration;

/// Times between such things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intervals {
    /// Measuring the memory of waiting spares, so that a start need not wait for it, and looking
    /// for what workers left behind.
    pub(super) look: Duration,
    /// Trying again after a spare could not be started.
    pub(super) retry: Duration,
}

impl Default for Intervals {
    fn default() -> Self {
        Self { look: Duration::from_secs(10), retry: Duration::from_secs(5) }
    }
}
