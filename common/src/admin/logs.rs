//! GET /v1/sessions/{id}/logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema::all_required;

/// How many records are sent when the request does not say.
pub const DEFAULT_LOGS: usize = 50;
/// How many records are sent at most.
pub const MOST_LOGS: usize = 10_000;

/// How much to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogsQuery {
    /// At most so many records, 1 to 10000; 50 when it is not given.
    pub limit: Option<usize>,
}

/// What the log database holds of a session, live or ended. 404 when it knows none of this id and
/// no live one has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct SessionLog {
    /// Its id.
    pub session_id: String,
    /// Its latest commands, newest first.
    pub commands: Vec<LoggedCommand>,
    /// The user as whom the daemon logs to the systemd journal, where the session's other lines
    /// are (`journalctl _UID=… SESSION_ID=…`); null when it logs elsewhere.
    #[serde(default)]
    pub journal_uid: Option<u32>,
}

/// One command that was carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct LoggedCommand {
    /// When it began, Unix seconds.
    pub timestamp: f64,
    /// Its name.
    pub command: String,
    /// Whether the worker answered with success.
    pub success: bool,
    /// How long it took, in milliseconds; null in some records of older servers.
    pub execution_time_ms: Option<f64>,
    /// The worker's error; null when there was none.
    pub error_message: Option<String>,
}
