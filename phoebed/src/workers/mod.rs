//! Worker processes: the zygote that imports PHOEBE once, the workers forked from it, their ports
//! and the spares that wait ready. Knows nothing of users and sessions.
//!
//! ```text
//!  Pool ── launch ──▶ Zygote (supervised) ──clone(CLONE_PARENT)──▶ worker process
//!    │                                                               │
//!    └──────────── Worker { link: socket pair, exit: pidfd } ◀───────┘
//! ```
//!
//! The wire side of all this is described in `phoebed/worker/README.md`.

mod channel;
mod frame;
mod interpreter;
mod launch;
mod link;
mod memory;
mod output;
mod package;
mod pool;
mod pool_owner;
mod port_pool;
mod process;
mod readiness;
mod sandbox;
mod scratch;
mod strays;
mod supervisor;
mod watchdog;
mod worker;
mod zygote;

use std::time::Duration;

pub use channel::Channel;
pub use frame::{Answer, Answers, Form, FrameError, Kind, Report, State, restore_body};
pub use link::{Link, LinkError};
pub use memory::{MemoryGauge, available_on_host, resident, total_on_host};
pub use package::install as install_package;
pub use pool::{Pool, PoolError, PoolOptions, PoolSettings, zygote_environment};
pub use port_pool::{PortCounts, PortHolder, PortInUse};
pub use process::ExitCause;
pub use sandbox::{Guarantee, Sandbox, SandboxError, SandboxOptions};
pub use supervisor::ZygoteState;
pub use watchdog::GroupLimits;
pub use worker::Worker;
pub use zygote::{EngineInfo, Event, WorkerLimits, ZygoteCommand};

/// Why no worker could be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartError {
    /// Every port of the pool is in use.
    #[error(
        "No free port: {in_use} of {total} ports of the pool {first}-{last} (port_pool) are in \
         use. Try again when another session has ended"
    )]
    PortsExhausted {
        /// Ports in use.
        in_use: usize,
        /// Ports of the pool.
        total: usize,
        /// The first port.
        first: u16,
        /// The last port.
        last: u16,
    },
    /// The engine's process did not become ready.
    #[error("The PHOEBE engine cannot start: {0}")]
    Engine(String),
    /// The engine is being imported.
    #[error("The PHOEBE engine is starting")]
    EngineWarming,
    /// The engine is starting (or starting again) and was not ready in time.
    #[error("The PHOEBE engine was not ready within {} s; try again", .0.as_secs())]
    EngineNotReady(Duration),
    /// The worker process did not become ready.
    #[error("The worker process cannot start: {0}")]
    Worker(String),
    /// The daemon is going down.
    #[error("The server is shutting down")]
    ShuttingDown,
}
