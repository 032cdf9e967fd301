//! Bodies under `/dash`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::RawJson;
use super::schema::all_required;
use crate::commands::Succeeded;

/// Body of POST /dash/start-session: any object, or none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(example = StartSessionBody {
    project_name: RawJson::from_text("\"AI Phoenicis\"").ok(),
})]
pub struct StartSessionBody {
    /// What the client calls its project: any JSON value, returned as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_name: Option<RawJson>,
}

impl<'de> Deserialize<'de> for StartSessionBody {
    /// By way of a map, where the last of duplicate members counts; derived code refuses them.
    /// Members that are ignored must still be JSON. A null name is none.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = BTreeMap::<String, RawJson>::deserialize(deserializer)?;
        let project_name = members.remove("project_name").filter(|name| !name.is_null());
        Ok(Self { project_name })
    }
}

/// A session: answer of POST /dash/start-session and item of GET /dash/sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = SessionObject::example())]
pub struct SessionObject {
    /// Its id, a UUID of version 4.
    pub session_id: String,
    /// When it was started, in Unix seconds.
    pub created_at: f64,
    /// When it was last used, in Unix seconds.
    pub last_activity: f64,
    /// Memory of its worker in MiB: proportional set size, so pages shared with other workers
    /// are not counted again. At most some seconds old; 0 only without a live worker.
    pub mem_used: f64,
    /// TCP port of its worker; null while it is hibernated.
    pub port: Option<u16>,
    /// Who owns it; null in mode `none`.
    pub user_id: Option<String>,
    /// The owner's first and last name, trimmed; empty in mode `none`.
    pub full_name: String,
    /// `project_name` of the start request, as sent, or null.
    pub project_name: Option<RawJson>,
    /// Whether it has a worker.
    pub status: SessionStatus,
    /// When it will end for good unless it is used before, in Unix seconds; null earlier than a week
    /// before that.
    pub terminates_at: Option<f64>,
    /// Why its worker died last; null if none did.
    pub worker_died: Option<String>,
}

/// Whether a session has a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SessionStatus {
    /// It has one.
    Active,
    /// It has none: the next command brings it back as it was.
    Hibernated,
}

impl SessionObject {
    fn example() -> Self {
        Self {
            session_id: "5f0c8a52-5d0e-4b1c-9a53-0b7d7b1f3c1e".into(),
            created_at: 1_760_000_000.25,
            last_activity: 1_760_000_042.5,
            mem_used: 5.1,
            port: Some(6560),
            user_id: Some("7".into()),
            full_name: "Ada Lovelace".into(),
            project_name: RawJson::from_text("\"AI Phoenicis\"").ok(),
            status: SessionStatus::Active,
            terminates_at: None,
            worker_died: None,
        }
    }
}

/// Answer of GET /dash/sessions: the caller's sessions by id.
pub type Sessions = BTreeMap<String, SessionObject>;

/// Answer of GET /dash/session-memory: memory in MiB of the caller's sessions, by id.
pub type SessionMemory = BTreeMap<String, f64>;

/// Answer of POST /dash/session-memory/{session_id}.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = MemUsed { mem_used: 5.1 })]
pub struct MemUsed {
    /// Memory of the session's worker in MiB (proportional set size).
    pub mem_used: f64,
}

/// Answer of POST /dash/end-session/{session_id}.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = EndSession::default())]
pub struct EndSession {
    /// Always true: the session has ended.
    pub success: Succeeded,
}
