//! The life of the daemon: everything is made, served, and taken down in order.
//!
//! Shutdown, by phases: listeners close, requests in flight finish (within `shutdown.grace`),
//! sessions end with reason `server_shutdown`, spares and zygote end, the store is flushed, the
//! lock is released.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use phoebed_common::api::AuthMode as ApiAuthMode;
use phoebed_common::config::{AuthMode, Config, Server};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::http::{self, ApiOptions, Limits};
use crate::lock::{LockError, StateLock};
use crate::sessions::{EndReason, Records, Sessions, Settings, Timeouts};
use crate::store::{CommandFilter, LogSettings, Store, StoreError, StoreOptions};
use crate::workers::{self, Pool, PoolError, PoolOptions, ZygoteCommand};

/// How long the store may take to write what is left.
const STORE_FLUSH: Duration = Duration::from_secs(5);

/// Why the daemon does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration asks for what this version has not.
    #[error("{0}")]
    NotBuilt(String),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The state directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file in the state directory.
    #[error("cannot write {what} below the state directory: {source}")]
    State {
        /// Which.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The log database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pool of workers.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The runtime.
    #[error("the runtime: {0}")]
    Runtime(io::Error),
}

impl RunError {
    /// Whether another configuration would help.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::NotBuilt(_))
    }
}

/// Opens the sockets of `[server]`.
pub async fn listen(server: &Server) -> Result<Vec<TcpListener>, RunError> {
    let mut listeners = Vec::new();
    for address in server.addresses() {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| RunError::Listen { address, source })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Runs the daemon on these listeners until `stop` resolves, then shuts down.
///
/// Await it on a thread that lives as long as the daemon (see [`crate::workers`]).
pub async fn run(
    config: Config,
    listeners: Vec<TcpListener>,
    stop: impl Future<Output = ()>,
) -> Result<(), RunError> {
    run_with(config, listeners, None, stop).await
}

/// As [`run`], with another program in the place of the zygote: the one seam for tests.
pub async fn run_with(
    config: Config,
    listeners: Vec<TcpListener>,
    zygote: Option<ZygoteCommand>,
    stop: impl Future<Output = ()>,
) -> Result<(), RunError> {
    if let Some(reason) = config.unbuilt_reason() {
        return Err(RunError::NotBuilt(reason));
    }
    let state = config.state.directory.clone();
    let _lock = StateLock::take(&state)?;
    crate::limits::raise();
    let zygote = match zygote {
        Some(zygote) => zygote,
        None => zygote_command(&config, &state)?,
    };
    let store = open_store(&config)?;
    let (pool, supervisor) = Pool::new(PoolOptions {
        zygote,
        ports: config.port_pool.ports(),
        spares: config.workers.spares,
        scratch: state.join("scratch"),
        start_timeout: config.workers.start_timeout,
        end_grace: config.workers.end_grace,
        max_answer_bytes: config.workers.max_answer.bytes(),
    })?;
    let (_settings, settings) = watch::channel(session_settings(&config));
    let sessions = Sessions::new(pool.clone(), settings, Records::new(store.clone()));
    let (_access_level, access_level) = watch::channel(config.logging.access_level);
    let limits = Limits {
        connections: config.server.max_connections,
        header: config.server.header_timeout,
        grace: config.shutdown.grace,
    };
    let app = http::router(ApiOptions {
        sessions: sessions.clone(),
        auth_mode: api_auth_mode(config.auth.mode),
        server: config.server.clone(),
        engine_wait: config.workers.start_timeout,
        access_level,
    });
    for listener in &listeners {
        if let Ok(address) = listener.local_addr() {
            log::info!("phoebed {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
        }
    }
    let (engine_stop, engine_stopped) = oneshot::channel::<()>();
    let serving = async {
        http::serve(listeners, app, limits, stop).await;
        sessions.end_all(EndReason::ServerShutdown).await;
        pool.stop().await;
        drop(engine_stop);
    };
    let engine = supervisor.run(async {
        let _ = engine_stopped.await;
    });
    tokio::join!(serving, engine);
    close_store(&store).await;
    log::info!("phoebed has stopped");
    Ok(())
}

fn zygote_command(config: &Config, state: &Path) -> Result<ZygoteCommand, RunError> {
    let package = workers::install_package(state)
        .map_err(|source| RunError::State { what: "the worker package", source })?;
    let home = state.join("zygote");
    std::fs::create_dir_all(&home)
        .map_err(|source| RunError::State { what: "the zygote's directory", source })?;
    Ok(ZygoteCommand {
        python: config.engine.python.clone(),
        arguments: vec![OsString::from("-I"), OsString::from("-B"), package.into()],
        environment: workers::zygote_environment(home.clone(), config.engine.online_passbands),
        directory: home,
    })
}

fn open_store(config: &Config) -> Result<Store, RunError> {
    let database = &config.database;
    let mut options = StoreOptions::new(&database.path);
    options.settings = LogSettings {
        filter: CommandFilter::new(&database.log_include_commands, &database.log_exclude_commands),
        keep_days: database.keep_days,
    };
    let (store, report) = Store::open(options)?;
    log::info!("log database {}: {report:?}", store.path().display());
    Ok(store)
}

async fn close_store(store: &Store) {
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

fn session_settings(config: &Config) -> Settings {
    Settings {
        timeouts: Timeouts {
            command: config.session.command_timeout,
            send: config.session.send_timeout,
            idle: config.session.idle_timeout,
        },
        queue_limit: config.session.queue_limit,
        max_workers_per_user: config.resources.max_workers_per_user.unwrap_or(0) as usize,
        min_free_memory_mb: u64::from(config.resources.min_free_memory.0),
    }
}

fn api_auth_mode(mode: AuthMode) -> ApiAuthMode {
    match mode {
        AuthMode::None => ApiAuthMode::None,
        AuthMode::Password => ApiAuthMode::Password,
        AuthMode::Jwt => ApiAuthMode::Jwt,
        AuthMode::External => ApiAuthMode::External,
    }
}
