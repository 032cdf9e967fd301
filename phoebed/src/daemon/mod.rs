//! The life of the daemon: everything is made, served, and taken down in order.
//!
//! Shutdown, by phases: listeners close, requests in flight finish (within `shutdown.grace`),
//! sessions are put to sleep (where nothing is kept, they end with reason `server_shutdown`), spares
//! and zygote end, the store is flushed, the admin socket closes and is removed, the lock is
//! released. Sockets that the service manager holds stay open there.

mod build;
mod error;
mod live;
mod reload;
mod settings;
mod source;
mod status_line;
#[cfg(test)]
mod tests;
mod transport;

use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use phoebed_common::config::{AuthMode, Config, Durability, Server};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::auth::{Auth, Rules};
use crate::drain::Drain;
use crate::http::{self, ApiOptions, admin};
use crate::jobs::Jobs;
use crate::lock::StateLock;
use crate::sessions::{Records, Sessions};
use crate::shares::Shares;
use crate::state::State;
use crate::store::Store;
use crate::systemd::{Notifier, Vital, Watchdog};
use crate::workers::{Pool, PoolOptions, Sandbox, ZygoteCommand};
pub use error::RunError;
use live::Live;
pub use reload::{Reloaded, Reloader};
pub use source::{ConfigSource, ReloadError};
use transport::{Public, Tls, load_certificate};

/// How long the end may take after the requests in flight: sessions are put to sleep (20 s), workers
/// and zygote end, both databases are closed (10 s).
const STOPS_WITHIN: Duration = Duration::from_secs(50);

/// How often the service manager is told that a start goes on, and for how long that holds.
const STARTS: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(60));

/// What a daemon is made from.
#[derive(Debug)]
pub struct Setup {
    /// What counts at the start.
    pub config: Config,
    /// Where it came from, to be read again.
    pub source: ConfigSource,
    /// The bound sockets of the public API.
    pub listeners: Vec<TcpListener>,
    /// Another program in the place of the zygote: the one seam for tests.
    pub zygote: Option<ZygoteCommand>,
    /// Each message asks for a reload (SIGHUP).
    pub reloads: Option<mpsc::Receiver<()>>,
    /// The operator's socket, where the service manager holds it.
    pub admin: Option<UnixListener>,
    /// To the service manager.
    pub notifier: Notifier,
    /// What it wants to hear to believe that the daemon is well.
    pub watchdog: Option<Watchdog>,
}

impl Setup {
    /// With the real zygote, without reloads by signal and without a service manager.
    pub fn new(config: Config, source: ConfigSource, listeners: Vec<TcpListener>) -> Self {
        Self {
            config,
            source,
            listeners,
            zygote: None,
            reloads: None,
            admin: None,
            notifier: Notifier::default(),
            watchdog: None,
        }
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

/// These bound sockets, which the service manager holds; without any, those of `[server]`.
pub async fn listen_on(
    inherited: Vec<std::net::TcpListener>,
    server: &Server,
) -> Result<Vec<TcpListener>, RunError> {
    if inherited.is_empty() {
        return listen(server).await;
    }
    let ours = |socket: std::net::TcpListener| {
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket)
    };
    inherited.into_iter().map(|socket| ours(socket).map_err(RunError::Inherited)).collect()
}

/// Whether the files that the configuration names can be used; what is odd about them is added to its
/// warnings. For a check without a daemon.
pub fn check_files(config: &mut Config) -> Result<(), RunError> {
    load_certificate(config)?;
    // The key of mode `password` is the daemon's own, and made by it.
    if config.auth.mode != AuthMode::Password {
        Rules::load(&config.auth, &config.state.directory)?;
    }
    Ok(())
}

/// Runs the daemon until `stop` resolves or an operator asks for it, then shuts down.
///
/// Await it on a thread that lives as long as the daemon (see the module `workers`).
pub async fn run(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), RunError> {
    let Setup { mut config, source, listeners, zygote, reloads, .. } = setup;
    let Setup { admin: inherited, notifier, watchdog, .. } = setup;
    // The others were said before.
    let said = config.warnings.len();
    let tls = load_certificate(&mut config)?.map(Tls::new);
    config.warnings[said..].iter().for_each(|warning| log::warn!("{warning}"));
    let state = config.state.directory.clone();
    let _lock = StateLock::take(&state)?;
    // Databases are large, and an upgrade copies them first. It goes when it is dropped.
    let mut starting = JoinSet::new();
    starting.spawn(tell_of_start(notifier.clone()));
    crate::limits::raise(config.port_pool.size());
    let sandbox = Arc::new(Sandbox::new(&settings::sandbox_options(&config))?);
    let zygote = match zygote {
        Some(zygote) => zygote,
        None => build::zygote_command(&config, &state, &sandbox)?,
    };
    let rules = Rules::load(&config.auth, &state)?;
    let (socket, access) = match inherited {
        Some(socket) => admin::adopt(socket, &config.admin)?,
        None => admin::bind(&config.admin)?,
    };
    let (database, known) = build::open_state(&config).await?;
    let kept = (config.session.durability != Durability::None).then(|| database.clone());
    let (jobs_sender, job_settings) = watch::channel(settings::job_settings(&config));
    let (jobs, waiting) = Jobs::open(database.clone(), job_settings).await?;
    let shares = Shares::new(settings::compute_processes(&config));
    let store = build::open_store(&config, &known)?;
    let auth = Auth::new(rules, store.clone());
    let (pool, supervisor) = Pool::new(PoolOptions {
        zygote,
        scratch: state.join("scratch"),
        sandbox,
        settings: settings::pool_settings(&config),
    })?;
    let (session_sender, session_settings) = watch::channel(settings::session_settings(&config));
    let (http_sender, http_settings) = watch::channel(settings::http_settings(&config));
    let (limits_sender, limits) = watch::channel(settings::connection_limits(&config));
    let records = Records::new(store.clone());
    let sessions = Sessions::new(
        pool.clone(),
        session_settings,
        records,
        kept,
        known,
        (jobs.clone(), shares.clone()),
    );
    sessions.resume_jobs(waiting).await;
    let stopping = CancellationToken::new();
    let drain = Drain::default();
    let app = http::router(ApiOptions {
        sessions: sessions.clone(),
        auth: auth.clone(),
        drain: drain.clone(),
        settings: http_settings,
        stopping: stopping.clone(),
    });
    let live = Live {
        http: http_sender,
        limits: limits_sender,
        certificate: tls.as_ref().map(|tls| tls.sender.clone()),
        sessions: session_sender,
        jobs: jobs_sender,
        shares: shares.clone(),
        pool: pool.clone(),
        store: store.clone(),
        auth: auth.clone(),
    };
    let shutdown = CancellationToken::new();
    let reloader = Reloader::new(source, config, live, notifier.clone());
    let operator = admin::router(admin::Options {
        sessions: sessions.clone(),
        auth: auth.clone(),
        store: store.clone(),
        reloader: reloader.clone(),
        shutdown: shutdown.clone(),
        drain: drain.clone(),
        started: Instant::now(),
        listeners: listeners.iter().filter_map(|socket| socket.local_addr().ok()).collect(),
        certificate: tls.as_ref().map(Tls::certificate),
        socket_stays: socket.stays(),
        access,
    });
    let listeners = Public::new(listeners, tls.as_ref());

    // Ended when it is dropped.
    let mut background = JoinSet::new();
    background.spawn(sessions.clone().sample_memory());
    background.spawn(sessions.clone().end_expired());
    background.spawn(sessions.clone().wake_latest());
    let owed = jobs.clone();
    background.spawn(jobs.clone().settle());
    background.spawn(jobs.expire());
    background.spawn(shares.take_turns());
    background.spawn(reload_on_request(reloader.clone(), reloads));
    let troubles = watch::Sender::default();
    if notifier.is_heard() {
        let (sessions, troubled) = (sessions.clone(), troubles.subscribe());
        let told = status_line::keep_status(notifier.clone(), sessions, drain, troubled);
        background.spawn(told);
    }
    let (engine_stop, engine_stopped) = oneshot::channel::<()>();
    let (store_closed, admin_stop) = oneshot::channel::<()>();
    let public = async {
        let stop = async {
            tokio::select! {
                () = stop => {}
                () = shutdown.cancelled() => {}
            }
            stopping.cancel();
            notifier.stopping(reloader.in_force().config.shutdown.grace + STOPS_WITHIN);
        };
        listeners.serve(app, limits, stop).await;
        sessions.shut_down().await;
        pool.stop().await;
        drop(engine_stop);
    };
    let engine = supervisor.run(async {
        let _ = engine_stopped.await;
    });
    let service = async {
        tokio::join!(public, engine);
        owed.settle_now().await;
        build::close_store(&store).await;
        build::close_state(&database).await;
        drop(store_closed);
    };
    let operator = admin::serve(socket, operator, async {
        let _ = admin_stop.await;
    });
    // The sockets listen and the sessions of before are known.
    starting.shutdown().await;
    notifier.ready();
    let vitals = vitals(&store, &database);
    let pings = async {
        match watchdog {
            Some(watchdog) => watchdog.run(&notifier, &vitals, &troubles).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(service, operator) } => {}
        () = pings => {}
    }
    log::info!("phoebed has stopped");
    Ok(())
}

/// Tells the service manager that the start goes on, until it is cancelled. What opens databases
/// blocks its own thread, not this one's.
async fn tell_of_start(notifier: Notifier) {
    let (every, within) = STARTS;
    loop {
        tokio::time::sleep(every).await;
        notifier.starting(within);
    }
}

/// What has to answer before the service manager hears that the daemon is well.
fn vitals(store: &Store, state: &State) -> [Vital; 2] {
    let (store, state) = (store.clone(), state.clone());
    let ask_store = move || {
        let store = store.clone();
        async move { store.probe().await.err().map(|error| error.full_text()) }
    };
    let ask_state = move || {
        let state = state.clone();
        async move { state.probe().await.err().map(|error| error.to_string()) }
    };
    [Vital::new("the log database", ask_store), Vital::new("the state database", ask_state)]
}

/// Runs until it is cancelled. What comes of a reload is logged by the reload itself.
async fn reload_on_request(reloader: Reloader, reloads: Option<mpsc::Receiver<()>>) {
    let Some(mut reloads) = reloads else { return };
    while let Some(()) = reloads.recv().await {
        let _ = reloader.reload("SIGHUP").await;
    }
}
