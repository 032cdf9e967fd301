//! Bodies about the service itself: health, ports, passbands.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commands::Succeeded;

/// Answer of GET /health: the daemon lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = Health::default())]
pub struct Health {
    /// Always `ok`.
    pub status: HealthStatus,
}

/// Answer of GET /ready: sessions can start at once. 503 until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = Ready::default())]
pub struct Ready {
    /// Always `ready`.
    pub status: ReadyStatus,
}

/// Answer of GET /: what answers here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = ServiceInfo::new("0.1.0"))]
pub struct ServiceInfo {
    /// Always `phoebe-server`.
    pub service: ServiceName,
    /// The daemon's own version.
    pub version: String,
    /// Always `running`.
    pub status: RunStatus,
}

impl ServiceInfo {
    /// A running service of that version.
    pub fn new(version: impl Into<String>) -> Self {
        let (service, status) = (ServiceName::PhoebeServer, RunStatus::Running);
        Self { service, version: version.into(), status }
    }
}

/// The one health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum HealthStatus {
    /// It answers.
    #[default]
    Ok,
}

/// The one readiness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ReadyStatus {
    /// The engine is warm.
    #[default]
    Ready,
}

/// The name by which clients know the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum ServiceName {
    /// Whatever the program is called.
    #[default]
    PhoebeServer,
}

/// The one state in which the service answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RunStatus {
    /// It runs.
    #[default]
    Running,
}

/// Answer of GET /system/passbands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = PassbandsAnswer::example())]
pub struct PassbandsAnswer {
    /// Always true.
    pub success: Succeeded,
    /// The passbands.
    pub result: Passbands,
}

/// The passbands that are installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passbands {
    /// All as `Set:name`, sorted.
    pub passbands: Vec<String>,
    /// Names by set, both sorted.
    pub grouped: BTreeMap<String, Vec<String>>,
}

impl PassbandsAnswer {
    /// Sorts and groups passbands given as `Set:name`; one without a set is a set of its own.
    pub fn new<S: Into<String>>(passbands: impl IntoIterator<Item = S>) -> Self {
        let sorted: BTreeSet<String> = passbands.into_iter().map(Into::into).collect();
        let mut grouped: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for passband in &sorted {
            let (set, name) = passband.split_once(':').unwrap_or((passband, passband));
            grouped.entry(set.to_owned()).or_default().push(name.to_owned());
        }
        let result = Passbands { passbands: sorted.into_iter().collect(), grouped };
        Self { success: Succeeded, result }
    }

    fn example() -> Self {
        Self::new(["Johnson:V", "Bolometric:900-40000"])
    }
}

/// Answer of GET /dash/port-status. Always `total_ports = reserved_ports + available_ports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = PortStatus {
    total_ports: 30,
    reserved_ports: 2,
    available_ports: 28,
    reserved_port_list: vec![6560, 6561],
    port_range: "6560-6589".into(),
})]
pub struct PortStatus {
    /// Ports of the pool.
    pub total_ports: usize,
    /// Of those, in use by a session or by some other program.
    pub reserved_ports: usize,
    /// Of those, free for a session; spare workers wait on some of them.
    pub available_ports: usize,
    /// The reserved ones, in ascending order.
    pub reserved_port_list: Vec<u16>,
    /// First and last port of the pool, both included: `first-last`.
    pub port_range: String,
}
