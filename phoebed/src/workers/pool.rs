//! The pool of workers: gives a waiting spare at once, starts others, refills in the background.
//! One task owns it; everybody else holds the cloneable [`Pool`].
//!
//! Every launch has its port from the moment it is accepted, so that what is promised to callers
//! can be kept. A finished launch goes to the caller that has waited longest, else to the spares.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use super::launch::Launcher;
use super::link::Links;
use super::port_pool::{PortCounts, PortLease, SharedPorts};
use super::process::note_oom_kills;
use super::scratch::ScratchRoot;
use super::strays::Strays;
use super::supervisor::{Supervisor, ZygoteState, ZygoteWatch};
use super::worker::Worker;
use super::zygote::ZygoteCommand;
use super::{EngineInfo, StartError};

/// Starts that run at the same time: the zygote forks one after the other, the workers' own
/// set-up overlaps with that.
const PARALLEL_LAUNCHES: usize = 8;
/// How often the memory of waiting spares is measured, so that a start need not wait for it.
const SPARE_MEMORY_EVERY: Duration = Duration::from_secs(10);
/// After a spare could not be started.
const SPARE_RETRY_AFTER: Duration = Duration::from_secs(5);

/// What the pool is made from.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// How the zygote is started.
    pub zygote: ZygoteCommand,
    /// Ports for workers, the end excluded.
    pub ports: Range<u16>,
    /// Workers that wait ready.
    pub spares: usize,
    /// Below it each worker gets a directory of its own; what is there is removed.
    pub scratch: PathBuf,
    /// How long a start may take.
    pub start_timeout: Duration,
    /// From TERM to KILL.
    pub end_grace: Duration,
    /// The largest answer of a worker, in bytes.
    pub max_answer_bytes: u64,
}

/// Why the pool cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// libzmq is without CURVE, or broken.
    #[error("ZeroMQ cannot make a CURVE key pair ({0}); libzmq with libsodium is needed")]
    Curve(#[source] zmq::Error),
    /// The scratch directory cannot be made.
    #[error("the scratch directory {}: {source}", path.display())]
    Scratch {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

enum Message {
    Take(oneshot::Sender<Result<Worker, StartError>>),
    SpareEnded,
    Stop(oneshot::Sender<()>),
}

/// The handle; cheap to clone.
#[derive(Debug, Clone)]
pub struct Pool {
    messages: mpsc::Sender<Message>,
    ports: SharedPorts,
    zygote: ZygoteWatch,
    spares: watch::Receiver<usize>,
    tasks: TaskTracker,
}

impl Pool {
    /// Makes the pool and its task. Nothing starts before the supervisor is polled.
    pub fn new(options: PoolOptions) -> Result<(Self, Supervisor), PoolError> {
        let (supervisor, zygote) = Supervisor::new(options.zygote);
        let links = Links::new(options.max_answer_bytes).map_err(PoolError::Curve)?;
        let scratch = ScratchRoot::create(options.scratch.clone())
            .map_err(|source| PoolError::Scratch { path: options.scratch, source })?;
        let ports = SharedPorts::new(options.ports);
        let tasks = TaskTracker::new();
        let launcher = Arc::new(Launcher {
            zygote: zygote.clone(),
            links,
            scratch,
            start_timeout: options.start_timeout,
            end_grace: options.end_grace,
            tasks: tasks.clone(),
            last_id: AtomicU64::new(0),
        });
        let (messages, inbox) = mpsc::channel(256);
        let (spares_ready, spares) = watch::channel(0);
        let owner = Owner {
            launcher,
            ports: ports.clone(),
            wanted_spares: options.spares,
            spares: VecDeque::new(),
            spares_ready,
            waiting: VecDeque::new(),
            queued: VecDeque::new(),
            launching: JoinSet::new(),
            launching_ports: Vec::new(),
            no_spares_before: Instant::now(),
            own: messages.downgrade(),
        };
        tokio::spawn(owner.run(inbox));
        Ok((Self { messages, ports, zygote, spares, tasks }, supervisor))
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

    /// How many spares wait ready.
    pub fn spares(&self) -> usize {
        *self.spares.borrow()
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

    /// Ends the spares and refuses further starts; resolves when no worker process is left, so
    /// sessions must have ended theirs.
    pub async fn stop(&self) {
        let (reply, stopped) = oneshot::channel();
        if self.messages.send(Message::Stop(reply)).await.is_ok() {
            let _ = stopped.await;
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}

struct Owner {
    launcher: Arc<Launcher>,
    ports: SharedPorts,
    wanted_spares: usize,
    spares: VecDeque<Worker>,
    spares_ready: watch::Sender<usize>,
    waiting: VecDeque<oneshot::Sender<Result<Worker, StartError>>>,
    queued: VecDeque<PortLease>,
    launching: JoinSet<(u16, Result<Worker, StartError>)>,
    launching_ports: Vec<u16>,
    no_spares_before: Instant,
    own: mpsc::WeakSender<Message>,
}

impl Owner {
    async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut zygote = self.launcher.zygote.clone();
        let ports = self.ports.clone();
        let mut strays = Strays::default();
        let mut measure = tokio::time::interval(SPARE_MEMORY_EVERY);
        loop {
            self.refill();
            self.publish();
            tokio::select! {
                message = inbox.recv() => match message {
                    None => return,
                    Some(Message::Take(reply)) => self.take(reply),
                    Some(Message::SpareEnded) => self.drop_dead_spares(),
                    Some(Message::Stop(reply)) => {
                        self.stop().await;
                        let _ = reply.send(());
                        return;
                    }
                },
                Some(done) = self.launching.join_next() => match done {
                    Ok((port, result)) => self.launched(port, result),
                    Err(error) => log::error!("a start of a worker was lost: {error}"),
                },
                () = ports.freed() => {}
                () = zygote.changed() => {}
                _ = measure.tick() => {
                    note_oom_kills();
                    strays.sweep();
                    self.measure_spares();
                }
            }
        }
    }

    fn take(&mut self, reply: oneshot::Sender<Result<Worker, StartError>>) {
        self.drop_dead_spares();
        while let Some(spare) = self.spares.pop_front() {
            match reply.send(Ok(spare)) {
                Ok(()) => return,
                // The caller has left: the spare waits on.
                Err(unsent) => return self.spares.extend(unsent.ok()),
            }
        }
        self.waiting.retain(|waiting| !waiting.is_closed());
        if self.waiting.len() < self.launches() {
            return self.waiting.push_back(reply);
        }
        match self.ports.lease() {
            Some(lease) => {
                self.queued.push_back(lease);
                self.waiting.push_back(reply);
            }
            None => {
                let PortCounts { total, first_last: (first, last), .. } =
                    self.ports.lock().counts(Instant::now());
                let _ = reply.send(Err(StartError::PortsExhausted { total, first, last }));
            }
        }
    }

    /// Launches that are queued or under way.
    fn launches(&self) -> usize {
        self.queued.len() + self.launching.len()
    }

    /// Starts queued launches, and launches for spares when the engine is ready for them.
    fn refill(&mut self) {
        let now = Instant::now();
        if self.launcher.zygote.is_ready() && now >= self.no_spares_before {
            let coming = |owner: &Self| owner.launches().saturating_sub(owner.waiting.len());
            while self.spares.len() + coming(self) < self.wanted_spares {
                let Some(lease) = self.ports.lease() else { break };
                self.queued.push_back(lease);
            }
        }
        while self.launching.len() < PARALLEL_LAUNCHES {
            let Some(lease) = self.queued.pop_front() else { break };
            let port = lease.port();
            self.launching_ports.push(port);
            let launch = self.launcher.clone().launch(lease);
            self.launching.spawn(async move { (port, launch.await) });
        }
    }

    fn launched(&mut self, port: u16, result: Result<Worker, StartError>) {
        self.launching_ports.retain(|launching| *launching != port);
        let mut result = result;
        while let Some(waiting) = self.waiting.pop_front() {
            match waiting.send(result) {
                Ok(()) => return,
                Err(unsent) => result = unsent,
            }
        }
        match result {
            // Its caller has left and there are spares enough: dropping it ends it.
            Ok(_surplus) if self.spares.len() >= self.wanted_spares => {}
            Ok(worker) => self.add_spare(worker),
            Err(error) => {
                log::warn!("a spare worker could not be started: {error}");
                self.no_spares_before = Instant::now() + SPARE_RETRY_AFTER;
            }
        }
    }

    fn add_spare(&mut self, worker: Worker) {
        let (mut exit, own) = (worker.exit(), self.own.clone());
        tokio::spawn(async move {
            exit.ended().await;
            if let Some(own) = own.upgrade() {
                let _ = own.send(Message::SpareEnded).await;
            }
        });
        self.spares.push_back(worker);
        self.measure_spares();
    }

    fn drop_dead_spares(&mut self) {
        self.spares.retain(|spare| {
            let alive = spare.is_alive();
            if !alive {
                log::warn!("spare worker {} (process {}) died", spare.id, spare.pid());
            }
            alive
        });
    }

    fn measure_spares(&self) {
        for spare in &self.spares {
            let memory = spare.memory.clone();
            tokio::spawn(async move { memory.measure(SPARE_MEMORY_EVERY / 2).await });
        }
    }

    /// Spares, and launches that nobody has claimed, are available to the next callers.
    fn publish(&self) {
        let unclaimed = self.launches().saturating_sub(self.waiting.len());
        let launches = self.queued.iter().map(PortLease::port).rev();
        let launches = launches.chain(self.launching_ports.iter().copied().rev());
        let idle = self.spares.iter().map(|spare| spare.port).chain(launches.take(unclaimed));
        self.ports.lock().mark_idle(idle);
        self.spares_ready.send_if_modified(|ready| {
            std::mem::replace(ready, self.spares.len()) != self.spares.len()
        });
    }

    async fn stop(&mut self) {
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(Err(StartError::ShuttingDown));
        }
        self.queued.clear();
        // Cancelled launches drop their guarded process, which ends it.
        self.launching.shutdown().await;
        let ends = self.spares.drain(..).map(Worker::end);
        let mut ending: JoinSet<_> = ends.collect();
        while ending.join_next().await.is_some() {}
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
        ("PYTHONHASHSEED", "random"),
    ];
    let mut environment: Vec<(OsString, OsString)> =
        fixed.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let online = if online_passbands { "TRUE" } else { "FALSE" };
    environment.push(("PHOEBE_ENABLE_ONLINE_PASSBANDS".into(), online.into()));
    environment.push(("TMPDIR".into(), home.clone().into()));
    environment.push(("HOME".into(), home.into()));
    environment
}
