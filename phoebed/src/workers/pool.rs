//! The pool of workers: gives a waiting spare at once, starts others, refills in the background.
//! One task owns it ([`super::pool_owner`]); everybody else holds the cloneable [`Pool`].

use std::ffi::OsString;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::task::TaskTracker;

use super::launch::Launcher;
use super::memory::MemoryGauge;
use super::pool_owner::{Message, Owner};
use super::port_pool::{PortCounts, PortInUse, SharedPorts};
use super::sandbox::Sandbox;
use super::scratch::ScratchRoot;
use super::strays::Strays;
use super::supervisor::{Supervisor, ZygoteState, ZygoteWatch};
use super::watchdog::{GroupLimits, Watchdog};
use super::worker::Worker;
use super::zygote::{WorkerLimits, ZygoteCommand};
use super::{EngineInfo, StartError};

/// What the pool is made from.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// How the zygote is started.
    pub zygote: ZygoteCommand,
    /// Below it each worker gets a directory of its own; what is there is removed.
    pub scratch: PathBuf,
    /// What keeps workers from everything else.
    pub sandbox: Arc<Sandbox>,
    /// What can be changed later.
    pub settings: PoolSettings,
}

/// The part that [`Pool::configure`] changes live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// Ports for workers, the end excluded.
    pub ports: Range<u16>,
    /// Workers that wait ready.
    pub spares: usize,
    /// How long a start may take.
    pub start_timeout: Duration,
    /// From TERM to KILL.
    pub end_grace: Duration,
    /// The largest answer of a worker, in bytes; a worker keeps what was set at its start.
    pub max_answer_bytes: u64,
    /// Workers ship what changes in them; fixed at the start.
    pub ship_state: bool,
    /// How many processes a compute has at most.
    pub compute_processes: u32,
    /// What each process of a worker may take; it keeps what was set at its start.
    pub limits: WorkerLimits,
    /// What a whole session may take; likewise.
    pub group_limits: GroupLimits,
}

/// A worker that waits for a session, for status displays.
#[derive(Debug, Clone)]
pub struct Spare {
    /// Its port.
    pub port: u16,
    /// Its process id.
    pub pid: i32,
    /// Its memory.
    pub memory: MemoryGauge,
}

impl Spare {
    pub(super) fn of(worker: &Worker) -> Self {
        Self { port: worker.port, pid: worker.pid(), memory: worker.memory.clone() }
    }
}

/// Why the pool cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The scratch directory cannot be made.
    #[error("the scratch directory {}: {source}", path.display())]
    Scratch {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The handle; cheap to clone.
#[derive(Debug, Clone)]
pub struct Pool {
    messages: mpsc::Sender<Message>,
    ports: SharedPorts,
    zygote: ZygoteWatch,
    spares: watch::Receiver<Vec<Spare>>,
    settings: watch::Receiver<PoolSettings>,
    sandbox: Arc<Sandbox>,
    tasks: TaskTracker,
}

impl Pool {
    /// Makes the pool and its task. Nothing starts before the supervisor is polled.
    pub fn new(options: PoolOptions) -> Result<(Self, Supervisor), PoolError> {
        let (supervisor, zygote) = Supervisor::new(options.zygote);
        let user = options.sandbox.file_user();
        let scratch = ScratchRoot::create(options.scratch.clone(), user)
            .map_err(|source| PoolError::Scratch { path: options.scratch, source })?;
        let ports = SharedPorts::new(options.settings.ports.clone());
        let (settings_sender, settings) = watch::channel(options.settings);
        let (tasks, watchdog) = (TaskTracker::new(), Watchdog::new(user));
        let launcher = Arc::new(Launcher {
            zygote: zygote.clone(),
            scratch,
            sandbox: options.sandbox.clone(),
            watchdog: watchdog.clone(),
            settings: settings.clone(),
            tasks: tasks.clone(),
            last_id: AtomicU64::new(0),
        });
        let (messages, inbox) = mpsc::channel(256);
        let (spares_ready, spares) = watch::channel(Vec::new());
        let own = messages.downgrade();
        let owner = Owner::new(launcher, ports.clone(), settings_sender, spares_ready, own);
        tokio::spawn(owner.run(inbox));
        tokio::spawn(watchdog.run());
        Ok((
            Self { messages, ports, zygote, spares, settings, sandbox: options.sandbox, tasks },
            supervisor,
        ))
    }

    /// A ready worker: a spare at once, else a new one. Dropping the future gives up the claim.
    pub async fn take(&self) -> Result<Worker, StartError> {
        let (reply, worker) = oneshot::channel();
        self.messages
            .send(Message::Take(reply))
            .await
            .map_err(|_closed| StartError::ShuttingDown)?;
        worker.await.unwrap_or(Err(StartError::ShuttingDown))
    }

    /// Total and reserved ports.
    pub fn ports(&self) -> PortCounts {
        self.ports.lock().counts(Instant::now())
    }

    /// Every port that is not free.
    pub fn ports_in_use(&self) -> Vec<PortInUse> {
        self.ports.lock().in_use(Instant::now())
    }

    /// The spares that wait ready.
    pub fn spares(&self) -> Vec<Spare> {
        self.spares.borrow().clone()
    }

    /// How many spares should wait.
    pub fn wanted_spares(&self) -> usize {
        self.settings.borrow().spares
    }

    /// Puts new settings into force; they count when this returns. Ports and spares that are too
    /// many go as they come free.
    pub async fn configure(&self, settings: PoolSettings) {
        let (reply, done) = oneshot::channel();
        if self.messages.send(Message::Configure(settings, reply)).await.is_ok() {
            let _ = done.await;
        }
    }

    /// What keeps workers from everything else.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// What the zygote is doing.
    pub fn zygote(&self) -> ZygoteState {
        self.zygote.now()
    }

    /// What is known of the engine, waiting for it if it is not ready yet.
    pub async fn engine(&self, within: Duration) -> Result<Arc<EngineInfo>, StartError> {
        let deadline = tokio::time::Instant::now() + within;
        self.zygote.ready(deadline, within).await.map(|(_, info)| info)
    }

    /// From now on no worker is started, whatever port comes free, and those who wait for one are
    /// told. The first step of the end.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.messages.send(Message::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }

    /// Ends the spares and refuses further starts; resolves when no worker process is left, so
    /// sessions must have ended theirs.
    pub async fn stop(&self) {
        let (reply, stopped) = oneshot::channel();
        if self.messages.send(Message::Stop(reply)).await.is_ok() {
            let _ = stopped.await;
        }
        self.tasks.close();
        self.tasks.wait().await;
        Strays::end_all().await;
    }
}

/// The environment of the zygote: nothing of the daemon's own, so no secret of its configuration.
pub fn zygote_environment(home: PathBuf, online_passbands: bool) -> Vec<(OsString, OsString)> {
    let fixed = [
        ("PATH", "/usr/bin:/bin"),
        ("LANG", "C.UTF-8"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("OMP_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
        ("PHOEBE_MULTIPROC_NPROCS", "0"),
        ("PHOEBE_ENABLE_PLOTTING", "FALSE"),
    ];
    let mut environment: Vec<(OsString, OsString)> =
        fixed.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let online = if online_passbands { "TRUE" } else { "FALSE" };
    environment.push(("PHOEBE_ENABLE_ONLINE_PASSBANDS".into(), online.into()));
    environment.push(("TMPDIR".into(), home.clone().into()));
    environment.push(("HOME".into(), home.into()));
    environment
}
