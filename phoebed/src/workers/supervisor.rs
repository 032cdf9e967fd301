//! Keeps one zygote alive: starts it, publishes its state, replaces it when it dies.
//!
//! ```text
//!            ready                         died
//!  Warming ─────────▶ Ready ─────────────────────────────▶ Warming (after a growing pause)
//!     │ ▲
//!     │ └── backoff over ── Failed (starts are refused with the cause)
//!     └───── not ready ───────▲
//! ```
//!
//! A zygote that had been ready and died leaves starts waiting for the next one; one that never
//! became ready is a broken engine, and callers are told at once.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::StartError;
use super::zygote::{EngineInfo, Zygote, ZygoteCommand, ZygoteHandle};

/// An engine that needs longer than this to import is not going to.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// A zygote that lived this long was healthy: the next restart is not delayed.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);
const BACKOFF: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(200)..=Duration::from_secs(30);

/// What the zygote is doing.
#[derive(Debug, Clone)]
pub enum ZygoteState {
    /// It is importing the engine.
    Warming,
    /// It forks on request.
    Ready {
        /// For asking it.
        handle: ZygoteHandle,
        /// What it told of itself.
        info: Arc<EngineInfo>,
        /// Its process id.
        pid: i32,
    },
    /// It could not be started; another try follows.
    Failed {
        /// The cause, for people.
        cause: String,
    },
    /// The daemon is going down.
    Stopped,
}

/// The state as others see it, and the way to wait for it.
#[derive(Debug, Clone)]
pub struct ZygoteWatch(watch::Receiver<ZygoteState>);

impl ZygoteWatch {
    /// The state now.
    pub fn now(&self) -> ZygoteState {
        self.0.borrow().clone()
    }

    /// Whether it is ready now.
    pub fn is_ready(&self) -> bool {
        matches!(*self.0.borrow(), ZygoteState::Ready { .. })
    }

    /// Resolves when the state has changed (or will never again).
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits for a ready zygote. A broken engine is reported at once.
    pub async fn ready(
        &self,
        deadline: Instant,
        waited: Duration,
    ) -> Result<(ZygoteHandle, Arc<EngineInfo>), StartError> {
        let mut state = self.0.clone();
        let settled = state.wait_for(|state| !matches!(state, ZygoteState::Warming));
        match tokio::time::timeout_at(deadline, settled).await {
            Err(_elapsed) => Err(StartError::EngineNotReady(waited)),
            Ok(Err(_closed)) => Err(StartError::ShuttingDown),
            Ok(Ok(state)) => match &*state {
                ZygoteState::Ready { handle, info, .. } => Ok((handle.clone(), info.clone())),
                ZygoteState::Failed { cause } => Err(StartError::Engine(cause.clone())),
                ZygoteState::Warming | ZygoteState::Stopped => Err(StartError::ShuttingDown),
            },
        }
    }
}

/// The owner of the zygote.
#[derive(Debug)]
pub struct Supervisor {
    command: ZygoteCommand,
    state: watch::Sender<ZygoteState>,
}

impl Supervisor {
    /// A supervisor that has not started anything, and the view of its state.
    pub fn new(command: ZygoteCommand) -> (Self, ZygoteWatch) {
        let (state, watch) = watch::channel(ZygoteState::Warming);
        (Self { command, state }, ZygoteWatch(watch))
    }

    /// Runs until `stop` resolves, then ends the zygote. Poll it on a thread that lives as long
    /// as the daemon (see [`Zygote::spawn`]).
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut backoff = *BACKOFF.start();
        loop {
            self.state.send_replace(ZygoteState::Warming);
            let started = Instant::now();
            match self.one_life(stop.as_mut()).await {
                Life::Stopped => break,
                Life::NeverReady(cause) => {
                    log::error!("the engine cannot start: {cause}");
                    self.state.send_replace(ZygoteState::Failed { cause });
                }
                Life::Died(cause) => {
                    log::error!("the zygote died ({cause}); sessions go on, a new one is started");
                    self.state.send_replace(ZygoteState::Warming);
                    if started.elapsed() >= HEALTHY_AFTER {
                        backoff = *BACKOFF.start();
                    }
                }
            }
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(backoff) => {}
            }
            backoff = (backoff * 2).min(*BACKOFF.end());
        }
        self.state.send_replace(ZygoteState::Stopped);
    }

    async fn one_life(&self, stop: Pin<&mut impl Future<Output = ()>>) -> Life {
        let mut zygote = match Zygote::spawn(&self.command) {
            Ok(zygote) => zygote,
            Err(error) => return Life::NeverReady(error.to_string()),
        };
        let life = tokio::select! {
            biased;
            () = stop => Life::Stopped,
            life = self.ready_and_serve(&mut zygote) => life,
        };
        let exit = zygote.end().await;
        match life {
            Life::Stopped => Life::Stopped,
            Life::NeverReady(cause) => Life::NeverReady(format!("{cause} (it {exit})")),
            Life::Died(_) => Life::Died(exit.to_string()),
        }
    }

    async fn ready_and_serve(&self, zygote: &mut Zygote) -> Life {
        let info = match zygote.ready(READY_WITHIN).await {
            Ok(info) => Arc::new(info),
            Err(cause) => return Life::NeverReady(cause),
        };
        zygote.take_over().await;
        log::info!(
            pid = zygote.pid(), seconds = info.seconds;
            "the engine is ready: PHOEBE {} on Python {}", info.phoebe, info.python
        );
        let (handle, pid) = (zygote.handle(), zygote.pid());
        self.state.send_replace(ZygoteState::Ready { handle, info, pid });
        zygote.serve().await;
        Life::Died(String::new())
    }
}

/// How one zygote's life ended.
enum Life {
    Stopped,
    NeverReady(String),
    Died(String),
}
