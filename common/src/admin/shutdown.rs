//! POST /v1/shutdown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The daemon goes down from now on. The admin socket closes last: when nothing listens on it any
/// more, the daemon has stopped; unless `socket_stays`, when the end of the process tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShutdownAnswer {
    /// The process that goes down.
    pub pid: u32,
    /// How many sessions end with it.
    pub sessions: usize,
    /// How long commands in flight are given, in seconds.
    pub grace_seconds: f64,
    /// A service manager holds the admin socket, and starts the daemon again when somebody connects.
    #[serde(default)]
    pub socket_stays: bool,
}
