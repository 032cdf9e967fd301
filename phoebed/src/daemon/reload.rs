//! Reload: the whole file is read and checked first, then its live keys are put into force, all or
//! none.
//!
//! Owns which configuration is in force. One reload at a time; readers never wait for one.

use std::sync::Arc;

use phoebed_common::config::{Change, Config, Entry, Problem, Reload};
use tokio::sync::{Mutex, watch};

use super::live::Live;
use super::source::{ConfigSource, ReloadError};
use super::transport::load_certificate;
use crate::systemd::Notifier;

/// Reads the configuration again on request; cheap to clone.
#[derive(Debug, Clone)]
pub struct Reloader {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    source: ConfigSource,
    live: Live,
    published: watch::Sender<Arc<InForce>>,
    notifier: Notifier,
    one_at_a_time: Mutex<()>,
}

/// What is in force, and what waits.
#[derive(Debug)]
pub struct InForce {
    /// The configuration that counts: restart keys as of the start, live keys as of the last
    /// reload.
    pub config: Config,
    /// Keys of the file that wait for a restart.
    pub pending: Vec<Change>,
}

/// What a reload did.
#[derive(Debug)]
pub struct Reloaded {
    /// The new file and what is odd in it.
    pub config: Config,
    /// Keys whose new values count now.
    pub applied: Vec<Change>,
    /// Keys whose new values wait for a restart.
    pub needs_restart: Vec<Change>,
    /// All other keys.
    pub unchanged: Vec<Entry>,
}

/// The service manager hears of a reload, and of its end when this is dropped.
struct ReadyAgain<'a>(&'a Notifier);

impl<'a> ReadyAgain<'a> {
    fn after(notifier: &'a Notifier) -> Self {
        notifier.reloading();
        Self(notifier)
    }
}

impl Drop for ReadyAgain<'_> {
    fn drop(&mut self) {
        self.0.ready();
    }
}

impl Reloader {
    /// The configuration that the daemon was started with is in force.
    pub fn new(source: ConfigSource, config: Config, live: Live, notifier: Notifier) -> Self {
        let published = watch::Sender::new(Arc::new(InForce { config, pending: Vec::new() }));
        let one_at_a_time = Mutex::default();
        let shared = Shared { source, live, published, notifier, one_at_a_time };
        Self { shared: Arc::new(shared) }
    }

    /// What is in force now.
    pub fn in_force(&self) -> Arc<InForce> {
        self.shared.published.borrow().clone()
    }

    /// Reads the file and puts its live keys into force; logs what came of it. `by` says who
    /// asked. Not to be cancelled: spawn it.
    pub async fn reload(&self, by: &str) -> Result<Reloaded, ReloadError> {
        let _turn = self.shared.one_at_a_time.lock().await;
        let outcome = {
            // Also when nothing was changed, and when there is a bug: what was in force goes on.
            let _ready = ReadyAgain::after(&self.shared.notifier);
            self.read_and_apply().await
        };
        match &outcome {
            Ok(reloaded) => reloaded.log(by),
            Err(error) => log::error!("{by}: {}", full_text(error)),
        }
        outcome
    }

    async fn read_and_apply(&self) -> Result<Reloaded, ReloadError> {
        let (source, now) = (self.shared.source.clone(), self.in_force());
        let read = {
            let now = now.clone();
            tokio::task::spawn_blocking(move || {
                let mut new = source.load_again(&now.config)?;
                // Also when a restart is needed for it: then it is known to be good.
                let certificate = load_certificate(&mut new)?;
                Ok::<_, ReloadError>((new, certificate))
            })
        };
        let (new, certificate) =
            read.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let (config, reloaded) = compare(&now.config, new);
        let prepare = {
            let config = config.clone();
            tokio::task::spawn_blocking(move || Live::prepare(&config, certificate))
        };
        let prepared =
            prepare.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        self.shared.live.apply(&config, prepared).await;
        let pending = reloaded.needs_restart.clone();
        self.shared.published.send_replace(Arc::new(InForce { config, pending }));
        Ok(reloaded)
    }
}

/// What would be in force, and how it differs.
fn compare(now: &Config, new: Config) -> (Config, Reloaded) {
    let changes = now.changes_to(&new);
    let is_changed = |entry: &Entry| changes.iter().any(|change| change.key == entry.key);
    let unchanged = new.entries().into_iter().filter(|entry| !is_changed(entry)).collect();
    let (applied, needs_restart) =
        changes.iter().cloned().partition(|change| change.reload == Reload::Live);
    let in_force = now.with_live_keys_of(&new);
    (in_force, Reloaded { config: new, applied, needs_restart, unchanged })
}

impl Reloaded {
    fn log(&self, by: &str) {
        let show = |change: &Change| format!("{}: {} -> {}", change.key, change.old, change.new);
        let list = |changes: &[Change]| match changes {
            [] => "nothing".to_owned(),
            changes => changes.iter().map(show).collect::<Vec<_>>().join(", "),
        };
        log::info!(
            "{by}: configuration read again; applied: {}; waits for a restart: {}",
            list(&self.applied),
            list(&self.needs_restart)
        );
        self.warnings().iter().for_each(|warning| log::warn!("{warning}"));
    }

    /// What is odd in the new file but no reason to refuse it.
    pub fn warnings(&self) -> &[Problem] {
        &self.config.warnings
    }
}

fn full_text(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", full_text(cause)),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use phoebed_common::config::{Environment, Overrides};

    use super::*;

    fn config(text: &str) -> Config {
        let mut environment = Environment::of_process(true, "/".into());
        environment.variables.clear();
        Config::from_text(text, Path::new("/etc/phoebed.toml"), &environment, &Overrides::default())
            .unwrap()
    }

    #[test]
    fn live_keys_count_and_others_wait_and_are_not_forgotten() {
        let old = config("");
        let new = || config("[server]\nport = 9001\nmax_body_mb = 8\n[workers]\nspares = 7\n");
        let keys = |changes: &[Change]| changes.iter().map(|c| c.key).collect::<Vec<_>>();
        let (in_force, reloaded) = compare(&old, new());
        assert_eq!(keys(&reloaded.applied), ["server.max_body_mb", "workers.spares"]);
        assert_eq!(keys(&reloaded.needs_restart), ["server.port"]);
        assert_eq!(reloaded.unchanged.len(), old.entries().len() - 3);
        assert_eq!((in_force.workers.spares, in_force.server.port), (7, 8001));
        let (in_force, again) = compare(&in_force, new());
        assert_eq!(keys(&again.applied), [] as [&str; 0]);
        assert_eq!(keys(&again.needs_restart), ["server.port"]);
        let (_, back) = compare(&in_force, config(""));
        assert_eq!(keys(&back.needs_restart), [] as [&str; 0]);
    }
}
