//! What the handlers share.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::held::Held;
use super::rates::Rates;
use super::settings::HttpSettings;
use crate::auth::Auth;
use crate::drain::Drain;
use crate::sessions::Sessions;

/// The state of the public API.
#[derive(Debug)]
pub struct AppState {
    /// The sessions and, through them, ports and engine.
    pub sessions: Sessions,
    /// Who may do what.
    pub auth: Auth,
    /// Whether it takes new sessions.
    pub drain: Drain,
    /// What can be changed while the daemon runs. Never borrowed across an await.
    pub settings: watch::Receiver<HttpSettings>,
    /// The request bodies in memory.
    pub held: Arc<Held>,
    /// The requests of the last moments.
    pub rates: Rates,
    /// The daemon stops: whoever listens to something is let go.
    pub stopping: CancellationToken,
    /// `/openapi.json`, made once.
    pub openapi: Bytes,
}

/// As the handlers get it.
pub type Shared = Arc<AppState>;
