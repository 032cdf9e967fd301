//! A ready worker as its user (a session, or the pool while it is a spare) holds it, and the
//! task that waits for its process.
//!
//! The task owns the process, its scratch directory and its port from the fork to the end, so
//! that whatever happens to the handle, nothing is left behind: dropping the handle ends the
//! worker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::sync::{oneshot, watch};
use tokio_util::task::TaskTracker;

use super::channel::Channel;
use super::link::Link;
use super::memory::MemoryGauge;
use super::output::OutputTail;
use super::pool::PoolSettings;
use super::port_pool::PortLease;
use super::process::{self, ExitCause, Process};
use super::scratch::Scratch;

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
    lease: LeaseSlot,
}

/// How long the output of an ended worker is read on.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// The port of a worker; the task that waits for the process takes it out at the end.
type LeaseSlot = Arc<Mutex<Option<PortLease>>>;

impl Guarded {
    /// Puts a just forked process in the care of a task of its own.
    pub fn new(
        process: Process,
        lease: PortLease,
        scratch: Scratch,
        tail: OutputTail,
        settings: watch::Receiver<PoolSettings>,
        tasks: &TaskTracker,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (exit_sender, exit) = watch::channel(None);
        let lease = Arc::new(Mutex::new(Some(lease)));
        let pid = process.pid();
        let (leased, written) = (lease.clone(), tail.clone());
        tasks.spawn(async move {
            let cause = wait_for(process, stopped, settings).await;
            // Its last words often say why. What it left behind may hold the pipe open.
            let _ = tokio::time::timeout(LAST_WORDS, written.ended()).await;
            // The port is free before anybody learns of the end.
            drop(leased.lock().unwrap_or_else(PoisonError::into_inner).take());
            exit_sender.send_replace(Some(cause));
            // Last, since it may take as long as the worker's files are many.
            scratch.remove().await;
        });
        Self { pid, exit: ExitWatch(exit), tail, stop, lease }
    }

    /// The port it has now; 0 after its end.
    pub fn port(&self) -> u16 {
        self.lock().as_ref().map_or(0, PortLease::port)
    }

    /// Changes to another port because this one is taken; `None` when no other is free.
    pub fn exchange_port(&self) -> Option<u16> {
        let mut slot = self.lock();
        *slot = slot.take().and_then(PortLease::exchange);
        slot.as_ref().map(PortLease::port)
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
    pub fn into_worker(self, id: u64, link: Link, channel: Channel) -> Worker {
        Worker {
            id,
            port: self.port(),
            memory: MemoryGauge::new(self.pid),
            link,
            channel,
            process: self,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<PortLease>> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the end; when asked to stop (or when nobody holds the handle any more), TERM, grace,
/// KILL to the whole group.
async fn wait_for(
    process: Process,
    stopped: oneshot::Receiver<()>,
    settings: watch::Receiver<PoolSettings>,
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
    process.reap().await
}

/// A ready worker. Dropping it ends the process in the background; [`Worker::end`] waits for it.
#[derive(Debug)]
pub struct Worker {
    /// Its number in the log.
    pub id: u64,
    /// The port it listens on.
    pub port: u16,
    /// Its memory.
    pub memory: MemoryGauge,
    /// Its socket.
    pub link: Link,
    /// Held open: its end tells the worker that it is not needed any more.
    #[allow(dead_code, reason = "dropping it is the message")]
    channel: Channel,
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
    pub fn belongs_to(&self, session: &str) {
        self.process.tail.belongs_to(session);
    }

    /// What it wrote last, for the end of an error message.
    pub fn last_words(&self) -> String {
        self.process.last_words()
    }

    /// Ends the process and waits until it is gone and its port is free.
    pub async fn end(self) -> ExitCause {
        let Self { process, link, channel: _channel, .. } = self;
        // What it still sends is read by nobody.
        drop(link);
        let mut exit = process.exit();
        let _ = process.stop.send(());
        exit.ended().await
    }
}
