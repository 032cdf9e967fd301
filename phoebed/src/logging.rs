//! The log: one line a record on standard error, in the configured format.

use phoebed_common::config::Logging;

/// Puts other levels and another format into force.
pub fn configure(logging: &Logging) {
    let _ = logging;
}

/// Starts logging; a second call changes nothing.
pub fn start(logging: &Logging) {
    let _ = logging;
}
