//! GET /v1/sessions and /v1/sessions/{id}.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::RawJson;
use crate::api::schema::all_required;

/// Every session, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionList {
    /// The sessions.
    pub sessions: Vec<Session>,
}

/// A live session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct Session {
    /// Its id, a UUID of version 4.
    pub session_id: String,
    /// Who owns it; null in mode `none`.
    pub user_id: Option<String>,
    /// The owner's first and last name; empty in mode `none`.
    pub full_name: String,
    /// What it does.
    pub state: SessionState,
    /// The command that runs; null while it is idle.
    pub running: Option<RunningCommand>,
    /// How many commands wait for their turn.
    pub waiting_commands: usize,
    /// When it was started, Unix seconds.
    pub created_at: f64,
    /// When it was last used, Unix seconds.
    pub last_activity: f64,
    /// For how long it has been idle; 0 while a command runs.
    pub idle_seconds: f64,
    /// TCP port of its worker; null without one.
    pub port: Option<u16>,
    /// Process id of its worker; null without one.
    pub pid: Option<i32>,
    /// Memory of its worker: proportional set size in MiB, at most some seconds old; null when it
    /// is not known.
    pub memory_mib: Option<f64>,
    /// The address that started it.
    pub client_ip: Option<String>,
    /// The program that started it, by its own account.
    pub user_agent: Option<String>,
    /// What the client calls its project, any JSON value.
    pub project_name: Option<RawJson>,
    /// When it will end for good unless it is used before, Unix seconds; null earlier than a week
    /// before that.
    pub terminates_at: Option<f64>,
    /// Why its worker died last; null if none did.
    pub worker_died: Option<String>,
}

/// What a session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SessionState {
    /// It waits for a command.
    Idle,
    /// A command runs.
    Busy,
    /// A command runs whose caller was told that it timed out.
    Overdue,
    /// It has no worker; the next command wakes it.
    Hibernated,
    /// A worker is being made what the session was.
    Waking,
}

/// A command that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunningCommand {
    /// Its name.
    pub command: String,
    /// When it began, Unix seconds.
    pub since: f64,
}
