//! GET /v1/status.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Change;
use crate::api::schema::all_required;

/// How the daemon is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// For how long it has been running.
    pub uptime_seconds: f64,
    /// The addresses of the public API, such as `127.0.0.1:8001`.
    pub listeners: Vec<String>,
    /// Whether they speak HTTPS.
    #[serde(default)]
    pub tls: bool,
    /// The certificate that they show; null without HTTPS.
    #[serde(default)]
    pub certificate: Option<Certificate>,
    /// Who may use the public API: `none`, `password`, `jwt` or `external`.
    pub auth_mode: String,
    /// Whether no new sessions are taken, since an operator asked for that.
    #[serde(default)]
    pub draining: bool,
    /// PHOEBE.
    pub engine: Engine,
    /// The live sessions.
    pub sessions: SessionCounts,
    /// Sessions in which a command or a job runs or waits.
    #[serde(default)]
    pub at_work: usize,
    /// Workers that wait for a session.
    pub spares: Spares,
    /// What workers are kept from.
    pub sandbox: Sandbox,
    /// The port pool.
    pub ports: PortCounts,
    /// Memory.
    pub memory: Memory,
    /// The log database.
    pub store: Store,
    /// The configuration file that was read, absolute; null when everything is default.
    pub config_file: Option<String>,
    /// Keys whose values, as of the last reload, wait for a restart.
    pub pending_restart: Vec<Change>,
}

/// When clients take the server's certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct Certificate {
    /// From when, Unix seconds.
    pub valid_from: f64,
    /// Until when, Unix seconds.
    pub valid_until: f64,
    /// What is wrong with that now: it has expired, is not valid yet, or ends within 14 days; else
    /// null.
    pub warning: Option<String>,
}

/// PHOEBE, as the zygote has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct Engine {
    /// Whether sessions can start.
    pub state: EngineState,
    /// Why it failed, or why it is warming again; else null.
    pub cause: Option<String>,
    /// PHOEBE's version; null until it is ready.
    pub phoebe_version: Option<String>,
    /// The interpreter's version; null until it is ready.
    pub python_version: Option<String>,
    /// The zygote's process id; null until it is ready.
    pub zygote_pid: Option<i32>,
}

/// Whether sessions can start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EngineState {
    /// PHOEBE is being imported: starts wait.
    Warming,
    /// They can.
    Ready,
    /// PHOEBE cannot be imported; the daemon tries again.
    Failed,
    /// The daemon is going down.
    Stopped,
}

/// The live sessions by what they do. `total` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionCounts {
    /// All.
    pub total: usize,
    /// That wait for a command.
    pub idle: usize,
    /// In which a command runs.
    pub busy: usize,
    /// In which a command runs whose caller was told that it timed out.
    pub overdue: usize,
    /// Without a worker; the next command wakes them.
    pub hibernated: usize,
}

/// Workers that wait for a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spares {
    /// How many wait.
    pub ready: usize,
    /// How many should.
    pub wanted: usize,
}

/// The port pool: `total = reserved + available`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PortCounts {
    /// All ports.
    pub total: usize,
    /// Held by a session or by another program.
    pub reserved: usize,
    /// Free for a session; spares wait on some of them.
    pub available: usize,
}

/// Memory in MiB; what cannot be measured is null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct Memory {
    /// The machine's.
    pub host_total_mib: Option<f64>,
    /// What the machine can still give.
    pub host_available_mib: Option<f64>,
    /// No session starts while less than this is available; 0 is no floor.
    pub floor_mib: f64,
    /// The daemon's own resident set.
    pub daemon_mib: Option<f64>,
    /// The zygote's and all workers' together: the sum of their proportional set sizes, each as
    /// it was last measured.
    pub workers_mib: Option<f64>,
}

/// What workers, which run users' code, are kept from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct Sandbox {
    /// `enforce`, `best-effort` or `off`.
    pub mode: String,
    /// The user that workers run as; null when it is the daemon's own.
    pub user: Option<String>,
    /// Each thing that they are kept from.
    pub guarantees: Vec<Guarantee>,
}

/// One thing that workers are kept from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Guarantee {
    /// Its name: `files`, `network`, `processes`, `signals`, `lifetime`, `privileges`, `limits`.
    pub name: String,
    /// Whether it is held here.
    pub held: bool,
    /// By what, or why not.
    pub by: String,
}

/// The log database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct Store {
    /// The file.
    pub path: String,
    /// Whether records reach it.
    pub state: StoreState,
    /// Why not; null while they do.
    pub cause: Option<String>,
    /// Since when it is in this state, Unix seconds.
    pub since: f64,
    /// Records that wait in memory.
    pub queued: usize,
    /// Records that can wait in memory.
    pub capacity: usize,
    /// Records written since the start.
    pub written: u64,
    /// Records lost since the start.
    pub dropped: u64,
    /// The latest trouble, kept after it is over.
    pub last_error: Option<StoreProblem>,
}

/// Whether records reach the log database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StoreState {
    /// They do.
    Ok,
    /// Another process holds it; they wait in memory.
    Delayed,
    /// It cannot be written; they wait in memory.
    Failing,
    /// It has been closed.
    Closed,
}

/// Trouble that is or was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreProblem {
    /// What it is, with its causes.
    pub message: String,
    /// When it was first seen, Unix seconds.
    pub at: f64,
}
