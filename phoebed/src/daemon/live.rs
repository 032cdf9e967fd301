//! Where the live keys of the configuration go while the daemon runs.

use std::sync::Arc;

use phoebed_common::config::Config;
use tokio::sync::watch;

use super::settings::{
    compute_processes, connection_limits, http_settings, job_settings, log_settings, pool_settings,
    session_settings,
};
use crate::auth::{Auth, KeyError, Rules};
use crate::http::{Certificate, HttpSettings, Limits};
use crate::jobs::JobSettings;
use crate::logging;
use crate::sessions::Settings;
use crate::shares::Shares;
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
    pub certificate: Option<watch::Sender<Arc<Certificate>>>,
    /// To the sessions.
    pub sessions: watch::Sender<Settings>,
    /// To the jobs.
    pub jobs: watch::Sender<JobSettings>,
    /// The processes that compute.
    pub shares: Shares,
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
    certificate: Option<Certificate>,
}

impl Live {
    /// Reads the keys that the configuration names; the certificate was read with it.
    pub fn prepare(
        config: &Config,
        certificate: Option<Certificate>,
    ) -> Result<Prepared, KeyError> {
        let rules = Rules::load(&config.auth, &config.state.directory)?;
        Ok(Prepared { rules, certificate })
    }

    /// Puts the configuration and what was read with it into force; they count when this returns.
    /// Nothing here can fail.
    pub async fn apply(&self, config: &Config, Prepared { rules, certificate }: Prepared) {
        self.auth.configure(rules);
        logging::configure(&config.logging);
        self.http.send_replace(http_settings(config));
        self.limits.send_replace(connection_limits(config));
        if let (Some(sender), Some(certificate)) = (&self.certificate, certificate) {
            sender.send_replace(Arc::new(certificate));
        }
        self.sessions.send_replace(session_settings(config));
        self.jobs.send_replace(job_settings(config));
        self.shares.set_capacity(compute_processes(config));
        self.store.configure(log_settings(config));
        self.pool.configure(pool_settings(config)).await;
    }
}
