//! What can be changed of the public API while the daemon runs.

use std::time::Duration;

use phoebed_common::config::{Level, Server};

use super::body_limits::BodyLimits;

/// Settings of the public API; requests take what is set when they come in.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpSettings {
    /// Limits, proxies and CORS.
    pub server: Server,
    /// How long a request waits for the engine.
    pub engine_wait: Duration,
    /// The level at which requests are logged.
    pub access_level: Level,
}

impl HttpSettings {
    /// Limits on bodies.
    pub(super) fn body_limits(&self) -> BodyLimits {
        let largest = self.server.max_body.bytes();
        BodyLimits { size: largest, largest, time: self.server.body_timeout }
    }
}
