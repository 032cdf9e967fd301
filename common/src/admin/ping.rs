//! GET /v1/ping.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The daemon is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = Ping { version: "0.1.0".into(), pid: 4711, uptime_seconds: 3600.5 })]
pub struct Ping {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// For how long it has been running.
    pub uptime_seconds: f64,
}
