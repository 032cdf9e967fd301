//! A ready worker as its user (a session, or the pool while it is a spare) holds it, and the
//! task that waits for its process.
//!
//! The task owns the process, its scratch directory and its port from the fork to the end, so
//! that whatever happens to the handle, nothing is left behind: dropping the handle ends the
//! worker.

use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::sync::{oneshot, watch};

use super::launch::Launcher;
use super::link::Link;
use super::memory::MemoryGauge;
use super::output::OutputTail;
use super::pool::PoolSettings;
use super::port_pool::PortLease;
use super::process::{self, ExitCause, Process};
use super::sandbox::FileUser;
use super::scratch::Scratch;
use super::supervisor::ZygoteState;
use super::watchdog::Watching;

/// Sees when and how a worker ended; cheap to clone.
#[derive(Debug, Clone)]
pub struct ExitWatch(watch::Receiver<Option<ExitCause>>);

impl ExitWatch {
    /// Waits for the end: the process is gone and its port free.
    /// Cancel safe.
    pub async fn ended(&mut self) -> ExitCause {
        match self.0.wait_for(Option::is_some).await {
            Ok(cause) => cause.clone().unwrap_or_else(|| ExitCause::Unknown(String::new())),
            Err(_closed) => ExitCause::Unknown("the daemon is going down".to_owned()),
        }
    }
}

/// The process of a worker that may not be ready yet. Dropping it ends the process.
#[derive(Debug)]
pub struct Guarded {
    pid: i32,
    exit: ExitWatch,
    tail: OutputTail,
    stop: oneshot::Sender<()>,
    port: u16,
    user: FileUser,
}

/// How long the output of an ended worker is read on.
const LAST_WORDS: Duration = Duration::from_millis(100);

impl Guarded {
    /// Puts a just forked process in the care of a task of its own.
    pub fn new(
        process: Process,
        lease: PortLease,
        scratch: Scratch,
        tail: OutputTail,
        launcher: &Launcher,
    ) -> Self {
        let Launcher { watchdog, zygote, tasks, .. } = launcher;
        let (settings, zygote) = (launcher.settings.clone(), zygote.clone());
        let limits = settings.borrow().group_limits;
        let watching = watchdog.watch(process.pid(), scratch.path(), limits);
        let (stop, stopped) = oneshot::channel();
        let (exit_sender, exit) = watch::channel(None);
        let (pid, port) = (process.pid(), lease.port());
        let written = tail.clone();
        tasks.spawn(async move {
            let cause = wait_for(process, stopped, settings, watching).await;
            if let ZygoteState::Ready { handle, .. } = zygote.now() {
                handle.ended(pid).await;
            }
            // Its last words often say why. What it left behind may hold the pipe open.
            let _ = tokio::time::timeout(LAST_WORDS, written.ended()).await;
            // The port is free before anybody learns of the end.
            drop(lease);
            exit_sender.send_replace(Some(cause));
            // Last, since it may take as long as the worker's files are many.
            scratch.remove().await;
        });
        let user = launcher.sandbox.file_user();
        Self { pid, exit: ExitWatch(exit), tail, stop, port, user }
    }

    /// What it wrote, for the end of an error message.
    pub fn last_words(&self) -> String {
        self.tail.as_suffix()
    }

    /// Its end.
    pub fn exit(&self) -> ExitWatch {
        self.exit.clone()
    }

    /// The handle of the now ready worker.
    pub fn into_worker(self, id: u64, link: Link) -> Worker {
        let memory = MemoryGauge::new(self.pid, self.user);
        Worker { id, port: self.port, memory, link, process: self }
    }
}

/// Waits for the end; when asked to stop (or when nobody holds the handle any more), TERM, grace,
/// KILL to the whole group.
async fn wait_for(
    process: Process,
    stopped: oneshot::Receiver<()>,
    settings: watch::Receiver<PoolSettings>,
    watching: Watching,
) -> ExitCause {
    tokio::select! {
        () = process.exited() => {}
        _ = stopped => {
            process.signal_group(Signal::SIGTERM);
            let grace = settings.borrow().end_grace;
            if tokio::time::timeout(grace, process.exited()).await.is_err() {
                process.signal_group(Signal::SIGKILL);
                process.exited().await;
            }
        }
    }
    let verdict = watching.verdict();
    let cause = process.reap().await;
    verdict.map_or(cause, ExitCause::OverLimit)
}

/// A ready worker. Dropping it ends the process in the background; [`Worker::end`] waits for it.
#[derive(Debug)]
pub struct Worker {
    /// Its number in the log.
    pub id: u64,
    /// Its port of the pool.
    pub port: u16,
    /// Its memory.
    pub memory: MemoryGauge,
    /// The stream to it.
    pub link: Link,
    process: Guarded,
}

impl Worker {
    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.process.pid
    }

    /// Its end, to be awaited beside other things.
    pub fn exit(&self) -> ExitWatch {
        self.process.exit()
    }

    /// Whether its process runs, asked of the kernel.
    pub fn is_alive(&self) -> bool {
        !process::has_ended(self.process.pid)
    }

    /// What it writes from now on is logged under this session.
    pub fn belongs_to(&self, session: &str, user: Option<&str>) {
        self.process.tail.belongs_to(session, user);
    }

    /// What it wrote last, for the end of an error message.
    pub fn last_words(&self) -> String {
        self.process.last_words()
    }

    /// Ends the process and waits until it is gone and its port is free.
    pub async fn end(self) -> ExitCause {
        let Self { process, link, .. } = self;
        // What it still sends is read by nobody, and an idle worker ends by itself.
        drop(link);
        let mut exit = process.exit();
        let _ = process.stop.send(());
        exit.ended().await
    }
}
