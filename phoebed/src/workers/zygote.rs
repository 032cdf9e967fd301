//! One zygote process: started, ready, asked for forks, gone. [`super::supervisor`] replaces it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::{getpid, getppid, setsid};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::channel::Channel;
use super::interpreter;
use super::output::{self, OutputTail};
use super::process::{self, ExitCause, Process};
use super::sandbox::Privileges;

/// How long a zygote may take to end when it is not needed any more.
const END_WITHIN: Duration = Duration::from_secs(1);

/// A fork takes milliseconds; a zygote that is silent for so long is replaced.
const FORK_WITHIN: Duration = Duration::from_secs(10);

/// How the zygote is started.
#[derive(Debug, Clone)]
pub struct ZygoteCommand {
    /// The interpreter that has phoebe.
    pub python: PathBuf,
    /// Its arguments: normally the directory of the worker package.
    pub arguments: Vec<OsString>,
    /// The whole environment that it gets.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working directory.
    pub directory: PathBuf,
    /// What it gives up before it runs.
    pub privileges: Privileges,
}

/// What the zygote tells of the engine once it is ready.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct EngineInfo {
    /// PHOEBE's version.
    pub phoebe: String,
    /// The interpreter's version.
    pub python: String,
    /// Whose states of the fast form it reads.
    #[serde(default)]
    pub engine: String,
    /// Names of installed passbands, `Set:name`, sorted.
    #[serde(default)]
    pub passbands: Vec<String>,
    /// Directories that it reads from: the interpreter's, the packages', the passbands'.
    #[serde(default)]
    pub paths: Vec<PathBuf>,
    /// How long import and start bundles took, in seconds.
    #[serde(default)]
    pub seconds: f64,
}

/// What the zygote says.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    Ready(EngineInfo),
    Failed {
        error: String,
        #[serde(default)]
        traceback: Option<String>,
    },
    Forked {
        worker: u64,
        pid: i32,
    },
    ForkFailed {
        /// None when the order itself was not understood.
        worker: Option<u64>,
        error: String,
    },
}

/// What a new worker is told, as it goes over the zygote channel.
#[derive(Debug, Clone, Serialize)]
pub struct ForkSpec {
    /// `fork`.
    pub op: &'static str,
    /// Number of the worker, never used twice in the daemon's life.
    pub worker: u64,
    /// Its home and temporary directory.
    pub scratch: PathBuf,
    /// A larger answer is replaced by an error.
    pub max_answer_bytes: u64,
    /// Each answer brings along what it has changed.
    pub ship_state: bool,
    /// A larger state is not shipped.
    pub max_state_bytes: u64,
    /// How long repeating the journal may take for each MiB begun of the whole state before it.
    pub max_repeat_seconds: f64,
    /// How many processes a compute has at most.
    pub compute_processes: u32,
    /// What each of its processes may take.
    pub limits: WorkerLimits,
    /// seccomp programs, hexadecimal.
    pub filters: Vec<String>,
}

/// Limits of each process of a worker; 0 means none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct WorkerLimits {
    /// Address space, in bytes.
    pub memory_bytes: u64,
    /// Open files.
    pub open_files: u32,
    /// Largest file, in bytes.
    pub file_bytes: u64,
    /// As nice(1) counts.
    pub nice: u8,
}

/// Why a fork did not happen.
#[derive(Debug)]
pub enum ForkError {
    /// The zygote is no more; another one may do it.
    ZygoteGone,
    /// The zygote could not.
    Refused(String),
}

/// Those who wait for a fork, by the worker's number.
type Pending = HashMap<u64, oneshot::Sender<Result<i32, ForkError>>>;

/// What goes to the zygote while it runs.
#[derive(Debug)]
enum Order {
    Fork(ForkRequest),
    /// A worker was waited for: its number may be another's from now on.
    Ended(i32),
}

/// Which process groups the zygote ends when it finds the daemon dead. Those that it forked itself
/// it knows.
#[derive(Debug, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Guard {
    Guard { pids: Vec<i32> },
    Ended { pid: i32 },
}

#[derive(Debug)]
struct ForkRequest {
    spec: ForkSpec,
    descriptors: Vec<OwnedFd>,
    reply: oneshot::Sender<Result<i32, ForkError>>,
}

/// Asks the zygote for forks; cheap to clone.
#[derive(Debug, Clone)]
pub struct ZygoteHandle(mpsc::Sender<Order>);

impl ZygoteHandle {
    /// Forks a worker, which gets the descriptors: its stream, its output, and a Landlock ruleset
    /// where there is one. Returns its process id.
    pub async fn fork(&self, spec: ForkSpec, descriptors: Vec<OwnedFd>) -> Result<i32, ForkError> {
        let (reply, answer) = oneshot::channel();
        let request = ForkRequest { spec, descriptors, reply };
        self.0.send(Order::Fork(request)).await.map_err(|_| ForkError::ZygoteGone)?;
        answer.await.unwrap_or(Err(ForkError::ZygoteGone))
    }

    /// Says that a worker was waited for.
    pub async fn ended(&self, pid: i32) {
        // A zygote that is gone guards nobody.
        let _ = self.0.send(Order::Ended(pid)).await;
    }
}

/// A running zygote.
#[derive(Debug)]
pub struct Zygote {
    process: Process,
    channel: Channel,
    tail: OutputTail,
    orders: mpsc::Receiver<Order>,
    handle: ZygoteHandle,
    pending: Pending,
    /// Wait for workers whose start was given up.
    reapers: JoinSet<()>,
}

impl Zygote {
    /// Starts the process. Call it on a thread that lives as long as the daemon: the kernel kills
    /// the zygote, and with it its workers' parent, when the **thread** that started it ends.
    pub fn spawn(start: &ZygoteCommand) -> io::Result<Self> {
        let (channel, theirs) = Channel::pair()?;
        let (output, tail) = output::capture("zygote".to_owned())?;
        let mut command = Command::new(interpreter::in_its_environment(&start.python));
        command
            .args(&start.arguments)
            .env_clear()
            .envs(start.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&start.directory)
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::from(output.try_clone()?))
            .stderr(Stdio::from(output));
        let (daemon, privileges) = (getpid(), start.privileges.clone());
        // SAFETY: only async-signal-safe system calls between fork and exec.
        unsafe {
            command.pre_exec(move || {
                setsid()?;
                privileges.give_up()?;
                // Last, since a change of user clears it.
                set_pdeathsig(Signal::SIGKILL)?;
                if getppid() == daemon { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
            });
        }
        #[allow(clippy::zombie_processes, reason = "Process waits for it")]
        let child =
            command.spawn().map_err(|error| interpreter::not_started(&start.python, &error))?;
        let process = Process::adopt(i32::try_from(child.id()).map_err(io::Error::other)?)?;
        let (sender, orders) = mpsc::channel(64);
        Ok(Self {
            process,
            channel,
            tail,
            orders,
            handle: ZygoteHandle(sender),
            pending: Pending::new(),
            reapers: JoinSet::new(),
        })
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.process.pid()
    }

    /// For asking it to fork.
    pub fn handle(&self) -> ZygoteHandle {
        self.handle.clone()
    }

    /// Waits until the engine is imported. The error says why it will never be.
    pub async fn ready(&mut self, within: Duration) -> Result<EngineInfo, String> {
        let event = match tokio::time::timeout(within, self.channel.receive()).await {
            Err(_elapsed) => return Err(format!("it was not ready within {} s", within.as_secs())),
            Ok(event) => event,
        };
        match event {
            Ok(Some(Event::Ready(info))) => Ok(info),
            Ok(Some(Event::Failed { error, traceback })) => {
                if let Some(traceback) = traceback {
                    log::error!("the zygote's traceback: {}", traceback.trim_end());
                }
                Err(error)
            }
            Ok(Some(event)) => Err(format!("it sent {event:?} before it was ready")),
            Ok(None) => {
                let _ = tokio::time::timeout(END_WITHIN, self.tail.ended()).await;
                Err(format!("it ended before it was ready{}", self.tail.as_suffix()))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Tells it of the workers of an earlier zygote, so that it guards them too.
    pub async fn take_over(&self) {
        let own = self.pid();
        let pids: Vec<i32> = process::tracked().into_iter().filter(|pid| *pid != own).collect();
        if !pids.is_empty() {
            self.guard(&Guard::Guard { pids }).await;
        }
    }

    async fn guard(&self, message: &Guard) {
        if let Err(error) = self.channel.send(message, &[]).await {
            log::warn!("cannot reach the zygote: {error}");
        }
    }

    /// Passes on orders until the process ends. Cancelling it is like its death.
    pub async fn serve(&mut self) {
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                () = self.process.exited() => return,
                () = sleep_until(heard + FORK_WITHIN), if !self.pending.is_empty() => {
                    log::error!("the zygote has not forked for {} s", FORK_WITHIN.as_secs());
                    return self.process.signal_group(Signal::SIGKILL);
                }
                order = self.orders.recv() => match order {
                    None => return,
                    Some(Order::Ended(pid)) => self.guard(&Guard::Ended { pid }).await,
                    Some(Order::Fork(request)) => {
                        if self.pending.is_empty() {
                            heard = Instant::now();
                        }
                        self.order(request).await;
                    }
                },
                event = self.channel.receive() => {
                    heard = Instant::now();
                    match event {
                        Ok(Some(event)) => self.hear(event),
                        Ok(None) => return,
                        Err(error) => log::warn!("from the zygote: {error}"),
                    }
                }
            }
        }
    }

    async fn order(&mut self, request: ForkRequest) {
        let ForkRequest { spec, descriptors, reply } = request;
        let borrowed: Vec<BorrowedFd<'_>> = descriptors.iter().map(AsFd::as_fd).collect();
        match self.channel.send(&spec, &borrowed).await {
            Ok(()) => {
                self.pending.insert(spec.worker, reply);
            }
            Err(error) => {
                log::warn!("cannot reach the zygote: {error}");
                let _ = reply.send(Err(ForkError::ZygoteGone));
            }
        }
    }

    /// Ends the process if it has not, and tells how it ended. Workers that it forked last are
    /// handed over or waited for.
    pub async fn end(mut self) -> ExitCause {
        self.channel.close_sending();
        let ended = async {
            while let Ok(Some(event)) = self.channel.receive().await {
                if let Event::Forked { worker, pid } = event {
                    self.forked(worker, pid);
                }
            }
            self.process.exited().await;
        };
        if tokio::time::timeout(END_WITHIN, ended).await.is_err() {
            self.process.signal_group(Signal::SIGKILL);
            self.process.exited().await;
        }
        let cause = self.process.reap().await;
        while self.reapers.join_next().await.is_some() {}
        cause
    }

    /// Tells those who ordered a fork what became of it.
    fn hear(&mut self, event: Event) {
        match event {
            Event::Forked { worker, pid } => self.forked(worker, pid),
            Event::ForkFailed { worker, error } => {
                match worker.and_then(|worker| self.pending.remove(&worker)) {
                    Some(reply) => drop(reply.send(Err(ForkError::Refused(error)))),
                    None => log::warn!("the zygote refused a fork: {error}"),
                }
            }
            event @ (Event::Ready(_) | Event::Failed { .. }) => {
                log::warn!("unexpected from the zygote: {event:?}");
            }
        }
        while self.reapers.try_join_next().is_some() {}
    }

    fn forked(&mut self, worker: u64, pid: i32) {
        let reply = self.pending.remove(&worker);
        if reply.is_none_or(|reply| reply.send(Ok(pid)).is_err()) {
            self.reapers.spawn(reap_unclaimed(pid));
        }
    }
}

/// Ends a worker whose start was given up meanwhile.
async fn reap_unclaimed(pid: i32) {
    match Process::adopt(pid) {
        Ok(process) => {
            process.signal_group(Signal::SIGKILL);
            process.exited().await;
            process.reap().await;
        }
        Err(error) => log::warn!("cannot wait for the unclaimed process {pid}: {error}"),
    }
}
