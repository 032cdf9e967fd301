//! The start of one worker: fork, its own word that it listens, a first answer over ZeroMQ.
//!
//! A worker is believed ready only by its own channel, which nobody else has: another program on
//! the same port cannot pass for it, nor can it without the key that the worker made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use super::StartError;
use super::channel::Channel;
use super::link::{Link, Links};
use super::output::{self, OutputTail};
use super::pool::PoolSettings;
use super::port_pool::PortLease;
use super::process::Process;
use super::scratch::{Scratch, ScratchRoot};
use super::supervisor::ZygoteWatch;
use super::worker::{Guarded, Worker};
use super::zygote::{ForkError, ForkSpec, ZygoteHandle};

/// Workers listen here only.
const HOST: &str = "127.0.0.1";

#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    PortTaken {
        error: String,
    },
    Ready {
        port: u16,
        public_key: String,
    },
    Failed {
        error: String,
        #[serde(default)]
        traceback: Option<String>,
    },
}

#[derive(Debug, Serialize)]
struct Bind {
    op: &'static str,
    port: u16,
}

/// Everything a start needs, shared by all starts.
#[derive(Debug)]
pub struct Launcher {
    /// Which zygote there is.
    pub zygote: ZygoteWatch,
    /// Context and keys of the links.
    pub links: Links,
    /// Where the scratch directories are.
    pub scratch: ScratchRoot,
    /// What can be changed while the daemon runs.
    pub settings: watch::Receiver<PoolSettings>,
    /// The tasks that wait for processes, to be awaited at shutdown.
    pub tasks: TaskTracker,
    /// The last worker's number.
    pub last_id: AtomicU64,
}

impl Launcher {
    /// Starts a worker on the leased port or, when that is taken, on another of the pool. Its time
    /// runs from when it was accepted.
    pub async fn launch(
        self: Arc<Self>,
        lease: PortLease,
        accepted: Instant,
    ) -> Result<Worker, StartError> {
        let settings = self.settings.borrow().clone();
        let within = settings.start_timeout;
        let deadline = accepted + within;
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (process, channel) = self.fork(id, lease, deadline, &settings).await?;
        let ready = timeout_at(deadline, self.make_ready(id, process, channel, &settings)).await;
        ready.unwrap_or_else(|_elapsed| {
            Err(StartError::Worker(format!("it was not ready within {} s", within.as_secs_f64())))
        })
    }

    /// A forked process in safe keeping, and the daemon's end of its channel. When the zygote
    /// dies under the request, the next zygote gets it.
    async fn fork(
        &self,
        id: u64,
        lease: PortLease,
        deadline: Instant,
        settings: &PoolSettings,
    ) -> Result<(Guarded, Channel), StartError> {
        let within = settings.start_timeout;
        loop {
            let (zygote, _) = self.zygote.ready(deadline, within).await?;
            let max_answer = settings.max_answer_bytes;
            let forked = timeout_at(deadline, self.try_fork(id, &lease, &zygote, max_answer)).await;
            let (process, channel, tail, scratch) = match forked {
                Ok(Ok(forked)) => forked,
                Ok(Err(ForkError::ZygoteGone)) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                Ok(Err(ForkError::Refused(why))) => return Err(StartError::Worker(why)),
                Err(_elapsed) => return Err(StartError::EngineNotReady(within)),
            };
            let settings = self.settings.clone();
            let guarded = Guarded::new(process, lease, scratch, tail, settings, &self.tasks);
            return Ok((guarded, channel));
        }
    }

    async fn try_fork(
        &self,
        id: u64,
        lease: &PortLease,
        zygote: &ZygoteHandle,
        max_answer_bytes: u64,
    ) -> Result<(Process, Channel, OutputTail, Scratch), ForkError> {
        let refused = |error: std::io::Error| ForkError::Refused(error.to_string());
        let scratch = self.scratch.make(id).map_err(refused)?;
        let (channel, theirs) = Channel::pair().map_err(refused)?;
        let (output, tail) = output::capture(format!("worker {id}")).map_err(refused)?;
        let spec = ForkSpec {
            op: "fork",
            worker: id,
            host: HOST,
            port: lease.port(),
            daemon_key: self.links.public_key(),
            scratch: scratch.path().to_owned(),
            max_answer_bytes,
        };
        let pid = zygote.fork(spec, [theirs, output]).await?;
        Ok((Process::adopt(pid).map_err(refused)?, channel, tail, scratch))
    }

    async fn make_ready(
        &self,
        id: u64,
        process: Guarded,
        channel: Channel,
        settings: &PoolSettings,
    ) -> Result<Worker, StartError> {
        let failed = |why: String| StartError::Worker(why + &process.last_words());
        let (port, public_key) = loop {
            match channel.receive().await {
                Ok(Some(Event::Ready { port, public_key })) => break (port, public_key),
                Ok(Some(Event::PortTaken { error })) => {
                    log::warn!(
                        port = process.port();
                        "port {} of the pool is taken by another program ({error}): set aside",
                        process.port()
                    );
                    let port = process.exchange_port().ok_or_else(|| {
                        failed(format!("the last free port is taken by another program: {error}"))
                    })?;
                    let bind = Bind { op: "bind", port };
                    channel.send(&bind, &[]).await.map_err(|e| failed(e.to_string()))?;
                }
                Ok(Some(Event::Failed { error, traceback })) => {
                    if let Some(traceback) = traceback {
                        log::error!("worker {id}: {}", traceback.trim_end());
                    }
                    return Err(failed(error));
                }
                Ok(None) => {
                    let cause = process.exit().ended().await;
                    return Err(failed(format!("it {cause} before it was ready")));
                }
                Err(error) => return Err(failed(error.to_string())),
            }
        };
        if port != process.port() {
            return Err(failed(format!("it listens on port {port} and not on its own")));
        }
        let link = self.links.connect(HOST, port, &public_key, settings.max_answer_bytes);
        let mut link = link.map_err(|error| failed(error.to_string()))?;
        let mut exit = process.exit();
        tokio::select! {
            answered = first_answer(&mut link, settings.start_timeout) => {
                answered.map_err(failed)?;
            }
            cause = exit.ended() => {
                return Err(failed(format!("it {cause} before it was ready")));
            }
        }
        Ok(process.into_worker(id, link, channel))
    }
}

/// The first answer proves that both sides hold the right keys.
async fn first_answer(link: &mut Link, within: Duration) -> Result<(), String> {
    let ping = link.send(br#"{"command":"ping"}"#, within).await;
    let ping = ping.map_err(|error| error.to_string())?;
    match link.receive().await {
        Ok(Some(answer)) if answer.id == ping && answer.success => Ok(()),
        Ok(_) => Err("its first answer was not to a ping".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
