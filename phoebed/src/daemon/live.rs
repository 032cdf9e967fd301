//! Where the live keys of the configuration go while the daemon runs.

use std::sync::Arc;

use phoebed_common::config::Config;
use rustls::server::ServerConfig;
use tokio::sync::watch;

use super::settings::{
    connection_limits, http_settings, log_settings, pool_settings, session_settings,
};
use crate::http::{Certificate, HttpSettings, Limits};
use crate::logging;
use crate::sessions::Settings;
use crate::store::Store;
use crate::workers::Pool;

/// The sending ends of everything that can change.
#[derive(Debug)]
pub struct Live {
    /// To the public API.
    pub http: watch::Sender<HttpSettings>,
    /// To its connections.
    pub limits: watch::Sender<Limits>,
    /// To connections that begin, where they speak TLS.
    pub certificate: Option<watch::Sender<Arc<ServerConfig>>>,
    /// To the sessions.
    pub sessions: watch::Sender<Settings>,
    /// The workers.
    pub pool: Pool,
    /// The log database.
    pub store: Store,
}

impl Live {
    /// Puts the configuration and the certificate that it names into force; they count when this
    /// returns. Nothing here can fail.
    pub async fn apply(&self, config: &Config, certificate: Option<Certificate>) {
        logging::configure(&config.logging);
        self.http.send_replace(http_settings(config));
        self.limits.send_replace(connection_limits(config));
        if let (Some(sender), Some(certificate)) = (&self.certificate, certificate) {
            sender.send_replace(certificate.config);
        }
        self.sessions.send_replace(session_settings(config));
        self.store.configure(log_settings(config));
        self.pool.configure(pool_settings(config)).await;
    }
}
