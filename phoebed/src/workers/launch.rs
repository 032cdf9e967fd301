//! The start of one worker: a fork, and a first answer over its stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use super::StartError;
use super::frame::MAX_STATE;
use super::link::{Link, LinkError};
use super::output::{self, OutputTail};
use super::pool::PoolSettings;
use super::port_pool::PortLease;
use super::process::Process;
use super::sandbox::Sandbox;
use super::scratch::{Scratch, ScratchRoot};
use super::supervisor::ZygoteWatch;
use super::watchdog::Watchdog;
use super::worker::{Guarded, Worker};
use super::zygote::{EngineInfo, ForkError, ForkSpec, ZygoteHandle};

/// What a worker is asked first.
const PING: &[u8] = br#"{"command":"ping"}"#;
/// An answer with this id tells why the worker cannot start.
const CANNOT_START: u64 = 0;

/// A session that wakes repeats its journal for no longer than this, unless its state is large.
const MOST_REPEATED: Duration = Duration::from_millis(20);

/// Everything a start needs, shared by all starts.
#[derive(Debug)]
pub struct Launcher {
    /// Which zygote there is.
    pub zygote: ZygoteWatch,
    /// Where the scratch directories are.
    pub scratch: ScratchRoot,
    /// What keeps workers from everything else.
    pub sandbox: Arc<Sandbox>,
    /// Ends workers that take too much.
    pub watchdog: Watchdog,
    /// What can be changed while the daemon runs.
    pub settings: watch::Receiver<PoolSettings>,
    /// The tasks that wait for processes, to be awaited at shutdown.
    pub tasks: TaskTracker,
    /// The last worker's number.
    pub last_id: AtomicU64,
}

impl Launcher {
    /// Starts a worker. Its time runs from when it was accepted.
    pub async fn launch(
        self: Arc<Self>,
        lease: PortLease,
        accepted: Instant,
    ) -> Result<Worker, StartError> {
        let settings = self.settings.borrow().clone();
        let within = settings.start_timeout;
        let deadline = accepted + within;
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (process, link) = self.fork(id, lease, deadline, &settings).await?;
        let ready = timeout_at(deadline, make_ready(id, process, link)).await;
        ready.unwrap_or_else(|_elapsed| {
            Err(StartError::Worker(format!("it was not ready within {} s", within.as_secs_f64())))
        })
    }

    /// A forked process in safe keeping, and the stream to it. When the zygote dies under the
    /// request, the next zygote gets it.
    async fn fork(
        &self,
        id: u64,
        lease: PortLease,
        deadline: Instant,
        settings: &PoolSettings,
    ) -> Result<(Guarded, Link), StartError> {
        let within = settings.start_timeout;
        loop {
            let (zygote, engine) = self.zygote.ready(deadline, within).await?;
            let forked = self.try_fork(id, &zygote, &engine, settings);
            let forked = timeout_at(deadline, forked).await;
            let (process, link, tail, scratch) = match forked {
                Ok(Ok(forked)) => forked,
                Ok(Err(ForkError::ZygoteGone)) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                Ok(Err(ForkError::Refused(why))) => return Err(StartError::Worker(why)),
                Err(_elapsed) => return Err(StartError::EngineNotReady(within)),
            };
            let guarded = Guarded::new(process, lease, scratch, tail, self);
            return Ok((guarded, link));
        }
    }

    async fn try_fork(
        &self,
        id: u64,
        zygote: &ZygoteHandle,
        engine: &EngineInfo,
        settings: &PoolSettings,
    ) -> Result<(Process, Link, OutputTail, Scratch), ForkError> {
        let refused = |error: std::io::Error| ForkError::Refused(error.to_string());
        let scratch = self.scratch.make(id).map_err(refused)?;
        let cage = self.sandbox.cage(scratch.path(), &engine.paths).map_err(refused)?;
        let (link, theirs) = Link::pair(settings.max_answer_bytes).map_err(refused)?;
        let (output, tail) = output::capture(format!("worker {id}")).map_err(refused)?;
        let spec = ForkSpec {
            op: "fork",
            worker: id,
            scratch: scratch.path().to_owned(),
            max_answer_bytes: settings.max_answer_bytes,
            ship_state: settings.ship_state,
            max_state_bytes: MAX_STATE,
            max_repeat_seconds: MOST_REPEATED.as_secs_f64(),
            compute_processes: settings.compute_processes,
            limits: settings.limits,
            filters: cage.filters,
        };
        let descriptors = [theirs, output].into_iter().chain(cage.ruleset).collect();
        let pid = zygote.fork(spec, descriptors).await?;
        Ok((Process::adopt(pid).map_err(refused)?, link, tail, scratch))
    }
}

/// The worker, once its first answer has come.
async fn make_ready(id: u64, process: Guarded, mut link: Link) -> Result<Worker, StartError> {
    let failed = |why: String| StartError::Worker(why + &process.last_words());
    let ping = link.request(Bytes::from_static(PING)).map_err(|e| failed(format!("it {e}")))?;
    match link.receive().await {
        Ok(answer) if answer.id == ping && answer.success => Ok(process.into_worker(id, link)),
        Ok(answer) if answer.id == CANNOT_START => Err(failed(answer.error.unwrap_or_default())),
        Ok(_) => Err(failed("its first answer was not to a ping".to_owned())),
        Err(LinkError::Closed) => {
            let cause = process.exit().ended().await;
            Err(failed(format!("it ended before it was ready ({cause})")))
        }
        Err(error) => Err(failed(format!("it {error}"))),
    }
}
