//! What the handlers share.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use phoebed_common::api::AuthMode;
use phoebed_common::config::{Level, Server};
use tokio::sync::watch;

use super::body::BodyLimits;
use crate::sessions::Sessions;

/// The state of the public API.
#[derive(Debug)]
pub struct AppState {
    /// The sessions and, through them, ports and engine.
    pub sessions: Sessions,
    /// How callers prove who they are.
    pub auth_mode: AuthMode,
    /// Limits on bodies.
    pub body_limits: BodyLimits,
    /// How long a request waits for the engine.
    pub engine_wait: Duration,
    /// Listeners, proxies and CORS.
    pub server: Server,
    /// The level at which requests are logged.
    pub access_level: watch::Receiver<Level>,
    /// `/openapi.json`, made once.
    pub openapi: Bytes,
}

/// As the handlers get it.
pub type Shared = Arc<AppState>;
