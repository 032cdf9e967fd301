//! Where the live keys of the configuration go while the daemon runs.

use phoebed_common::config::Config;
use tokio::sync::watch;

use super::settings::{
    connection_limits, http_settings, log_settings, pool_settings, session_settings,
};
use crate::auth::{Auth, KeyError, Rules};
use crate::http::{HttpSettings, Limits};
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
    /// To the sessions.
    pub sessions: watch::Sender<Settings>,
    /// The workers.
    pub pool: Pool,
    /// The log database.
    pub store: Store,
    /// Who may do what.
    pub auth: Auth,
}

/// What was read from files that the configuration names, all of it right.
#[derive(Debug)]
pub struct Prepared {
    rules: Rules,
}

impl Live {
    /// Reads the files that the configuration names.
    pub fn prepare(config: &Config) -> Result<Prepared, KeyError> {
        Ok(Prepared { rules: Rules::load(&config.auth, &config.state.directory)? })
    }

    /// Puts the configuration into force; it counts when this returns. Nothing here can fail.
    pub async fn apply(&self, config: &Config, prepared: Prepared) {
        self.auth.configure(prepared.rules);
        logging::configure(&config.logging);
        self.http.send_replace(http_settings(config));
        self.limits.send_replace(connection_limits(config));
        self.sessions.send_replace(session_settings(config));
        self.store.configure(log_settings(config));
        self.pool.configure(pool_settings(config)).await;
    }
}
