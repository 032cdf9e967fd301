//! GET /v1/ports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PortCounts;
use crate::api::schema::all_required;

/// The port pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ports {
    /// The pool's first port.
    pub first: u16,
    /// The pool's last port.
    pub last: u16,
    /// How many there are.
    pub counts: PortCounts,
    /// The ports that are in use, in ascending order; all others are free.
    pub in_use: Vec<PortUse>,
}

/// A port that is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required)]
pub struct PortUse {
    /// The port.
    pub port: u16,
    /// What holds it.
    pub holder: PortHolder,
    /// The session that holds it; null for other holders.
    pub session_id: Option<String>,
    /// The worker process on it; null when there is none, or none of ours.
    pub pid: Option<i32>,
    /// Whether it does not belong to the pool any more and goes away when it comes free: the pool
    /// was made smaller by a reload.
    pub leaving: bool,
}

/// What holds a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PortHolder {
    /// A session.
    Session,
    /// A worker that waits for a session; the port counts as available.
    Spare,
    /// A worker that is being started or ended.
    Worker,
    /// Another program; the port is tried again later.
    OtherProgram,
}
