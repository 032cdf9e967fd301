//! What the handlers of the admin API share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::auth::Auth;
use crate::daemon::Reloader;
use crate::drain::Drain;
use crate::http::Certificate;
use crate::sessions::Sessions;
use crate::store::Store;

/// The state of the admin API.
#[derive(Debug)]
pub struct AdminState {
    /// The sessions and, through them, ports and engine.
    pub sessions: Sessions,
    /// Who may do what.
    pub auth: Auth,
    /// The log database.
    pub store: Store,
    /// The configuration.
    pub reloader: Reloader,
    /// Cancelled to stop the daemon.
    pub shutdown: CancellationToken,
    /// Whether new sessions are taken.
    pub drain: Drain,
    /// When the daemon started.
    pub started: Instant,
    /// The service manager holds the socket of this API.
    pub socket_stays: bool,
    /// The addresses of the public API.
    pub listeners: Vec<SocketAddr>,
    /// The certificate that counts, where they speak HTTPS.
    pub certificate: Option<watch::Receiver<Arc<Certificate>>>,
    /// The OpenAPI document, made once.
    pub openapi: Bytes,
}

/// As the handlers get it.
pub type Shared = Arc<AdminState>;
