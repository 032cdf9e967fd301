//! GET /v1/audit: who did what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema::all_required;

/// How many records are sent when the request does not say.
pub const DEFAULT_AUDIT: usize = 100;
/// How many records are sent at most.
pub const MOST_AUDIT: usize = 1_000;

/// Which records to send: those for which all holds that is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = AuditQuery { event: Some("login".into()), ..AuditQuery::default() })]
pub struct AuditQuery {
    /// Those by or about this user, an id or an email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Those of this event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Those since then, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<f64>,
    /// At most so many records, 1 to 1000; 100 when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// The records, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = AuditLog { records: vec![AuditRecord::example()] })]
pub struct AuditLog {
    /// The records.
    pub records: Vec<AuditRecord>,
}

/// Something that was done or tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = AuditRecord::example())]
pub struct AuditRecord {
    /// The record's number.
    pub id: i64,
    /// When, Unix seconds.
    pub timestamp: f64,
    /// What, such as `login`.
    pub event: String,
    /// Who did it: a user's id, or `uid:0` for an operator; null when nobody is known.
    pub actor: Option<String>,
    /// Whom it concerns, a user's id.
    pub user_id: Option<String>,
    /// The email address that was used, or the user's.
    pub email: Option<String>,
    /// The session that it concerns.
    pub session_id: Option<String>,
    /// The address it came from; null on the admin socket.
    pub client_ip: Option<String>,
    /// Whether it was done; it was refused or failed otherwise.
    pub success: bool,
    /// What else there is to say, such as why it was refused.
    pub detail: Option<String>,
}

impl AuditRecord {
    fn example() -> Self {
        Self {
            id: 41,
            timestamp: 1_760_000_000.5,
            event: "login".into(),
            actor: None,
            user_id: Some("7".into()),
            email: Some("ada@example.org".into()),
            session_id: None,
            client_ip: Some("192.0.2.7".into()),
            success: false,
            detail: Some("wrong password".into()),
        }
    }
}
