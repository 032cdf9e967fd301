//! The daemon's configuration: one TOML file, checked whole before anything starts.
//!
//! ```text
//! file text ─ document ─▶ keys with lines ─┐
//! PHOEBE_… variables ──────────────────────┼─ reader, kinds ─▶ fields ─ checks ─▶ Config
//! --host, --port ──────────────────────────┘        └───── every problem, not only the first
//! ```
//!
//! A [`Config`] exists only if it is right: holders need not check again. It remembers where
//! each value came from ([`Config::entries`]) and can be compared key by key
//! ([`Config::changes_to`]). Everything here is a pure function of the text and an
//! [`Environment`]; only [`Config::load`], [`engine_places`] and [`socket_candidates`] read the
//! file.

mod checks;
mod document;
mod effects;
mod engine_places;
mod entries;
mod environment;
mod exposed;
mod kinds;
mod level;
mod load;
mod merge;
mod nearest;
mod network;
mod overrules;
mod places;
mod problem;
pub mod python_format;
mod reader;
mod search;
mod secret;
mod sections;
mod sockets;
mod units;
mod visitor;

use std::path::PathBuf;

pub use engine_places::{EnginePlaces, engine_places};
pub use entries::{Change, Entry};
pub use environment::{Environment, Overrides, port_range};
pub use level::Level;
pub use load::DEFAULT_FILE;
pub use network::{Network, NotANetwork};
pub use problem::{ConfigError, Origin, Problem};
pub use search::{CONFIG_VARIABLE, find_file, usual_files};
pub use secret::Secret;
pub use sections::{
    Admin, Auth, AuthMode, Database, Durability, Engine, Jobs, JwtAlgorithm, Logging, OnIdle,
    PortPool, Registration, Resources, Sandbox, SandboxMode, Server, Session, Shutdown, State,
    TlsFiles, WhileBusy, Workers,
};
pub use sockets::{SOCKET_VARIABLE, SocketCandidate, socket_candidates};
pub use units::Mebibytes;
pub use visitor::Reload;

use reader::Origins;
use visitor::Visitor;

/// The whole configuration, checked; grouped as in the file.
#[derive(Clone, Debug)]
pub struct Config {
    /// The public HTTP listener and its limits.
    pub server: Server,
    /// Who may use the API.
    pub auth: Auth,
    /// The ports that sessions are known by.
    pub port_pool: PortPool,
    /// What is logged and how a line looks.
    pub logging: Logging,
    /// How long sessions and their commands may last.
    pub session: Session,
    /// Long commands and what is kept of them.
    pub jobs: Jobs,
    /// The public log database.
    pub database: Database,
    /// Limits on what users may take.
    pub resources: Resources,
    /// The operator's socket.
    pub admin: Admin,
    /// Where the daemon keeps what it needs to run.
    pub state: State,
    /// The Python that has PHOEBE.
    pub engine: Engine,
    /// The processes that run PHOEBE.
    pub workers: Workers,
    /// What workers are kept from.
    pub sandbox: Sandbox,
    /// How the daemon stops.
    pub shutdown: Shutdown,
    /// The file that was read, absolute; none when everything is default.
    pub file: Option<PathBuf>,
    /// What is odd but no reason to stop; to be logged at the start.
    pub warnings: Vec<Problem>,
    origins: Origins,
}

impl Config {
    fn keys(&mut self, v: &mut impl Visitor) {
        self.server.keys(v);
        self.auth.keys(v);
        self.port_pool.keys(v);
        self.logging.keys(v);
        self.session.keys(v);
        self.jobs.keys(v);
        self.database.keys(v);
        self.resources.keys(v);
        self.admin.keys(v);
        self.state.keys(v);
        self.engine.keys(v);
        self.workers.keys(v);
        self.sandbox.keys(v);
        self.shutdown.keys(v);
    }
}
