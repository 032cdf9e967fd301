//! The parts of the daemon that need files: store and zygote.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use phoebed_common::config::{self, Config};

use super::error::RunError;
use super::settings::log_settings;
use crate::state::{Durability, SessionRecord, State, StateOptions};
use crate::store::{Store, StoreOptions};
use crate::workers::{self, Sandbox, ZygoteCommand};

/// How long the store may take to write what is left.
const STORE_FLUSH: Duration = Duration::from_secs(5);

/// How the real zygote is started; installs its package, and sees to it that the user that it runs
/// as can reach what it needs.
pub fn zygote_command(
    config: &Config,
    state: &Path,
    sandbox: &Sandbox,
) -> Result<ZygoteCommand, RunError> {
    let package = workers::install_package(state)
        .map_err(|source| RunError::State { what: "the worker package", source })?;
    let home = state.join("zygote");
    std::fs::create_dir_all(&home)
        .map_err(|source| RunError::State { what: "the zygote's directory", source })?;
    sandbox
        .file_user()
        .give(&home)
        .map_err(|source| RunError::State { what: "the zygote's directory", source })?;
    if let Some(account) = sandbox.account() {
        let paths = [config.engine.python.as_path(), &package, &home];
        // An engine that is not installed yet bars nobody.
        account.reaches(paths.into_iter().filter(|path| path.is_absolute() && path.exists()))?;
    }
    Ok(ZygoteCommand {
        privileges: sandbox.privileges(),
        python: config.engine.python.clone(),
        arguments: vec![OsString::from("-I"), OsString::from("-B"), package.into()],
        environment: workers::zygote_environment(home.clone(), config.engine.online_passbands),
        directory: home,
    })
}

/// Opens the state database, unless nothing is to be kept, and reads which sessions there are.
pub async fn open_state(config: &Config) -> Result<(State, Vec<SessionRecord>), RunError> {
    let durability = match config.session.durability {
        config::Durability::None | config::Durability::Process => Durability::Process,
        config::Durability::Power => Durability::Power,
    };
    let path = config.state.directory.join("state.db");
    let (state, report) = State::open(StateOptions::new(path, durability))?;
    // Where sessions are not kept, jobs still are.
    let sessions = match config.session.durability {
        config::Durability::None => Vec::new(),
        config::Durability::Process | config::Durability::Power => state.sessions().await?,
    };
    log::info!("state database {}: {report}; {} sessions", state.path().display(), sessions.len());
    Ok((state, sessions))
}

/// Writes what is left, within a limit.
pub async fn close_state(state: &State) {
    match tokio::time::timeout(STORE_FLUSH, state.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => log::error!("the state database: {error}"),
        Err(_elapsed) => log::error!(
            "the state database could not be closed within {} s; what was acknowledged is in it",
            STORE_FLUSH.as_secs()
        ),
    }
}

/// Opens the log database, in which these sessions go on.
pub fn open_store(config: &Config, kept: &[SessionRecord]) -> Result<Store, RunError> {
    let mut options = StoreOptions::new(&config.database.path);
    options.kept_sessions = kept.iter().map(|session| session.session_id.clone()).collect();
    options.settings = log_settings(config);
    let (store, report) = Store::open(options)?;
    log::info!("log database {}: {report}", store.path().display());
    Ok(store)
}

/// Writes what is left, within a limit.
pub async fn close_store(store: &Store) {
    match tokio::time::timeout(STORE_FLUSH, store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => log::error!("the log database: {error}"),
        Err(_elapsed) => log::error!(
            "the log database could not be written within {} s: {} records are lost",
            STORE_FLUSH.as_secs(),
            store.status().queued
        ),
    }
}
