//! POST /v1/drain and /v1/undrain.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether new sessions are taken now. It holds until the other is asked for or the daemon ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DrainAnswer {
    /// No new sessions are taken, and `/ready` says so.
    pub draining: bool,
    /// It was otherwise before.
    pub changed: bool,
    /// Sessions in which a command or a job runs or waits.
    pub running: usize,
}
