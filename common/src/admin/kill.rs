//! POST /v1/sessions/kill.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Session;

/// Which sessions to end. A session is selected when every condition that is given holds; none
/// given selects none, for which there is `all`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = KillRequest { idle_for_seconds: Some(3600), ..KillRequest::default() })]
pub struct KillRequest {
    /// Those with these ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// Those of the user with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Those that have been idle for so long; a busy session never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_for_seconds: Option<u64>,
    /// All of them; without any other condition.
    #[serde(default)]
    pub all: bool,
    /// Say what would be done, and do nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// Why a request selects nothing that it could mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KillRequestError {
    /// No condition.
    #[error("no session is selected: give ids, user, idle_for_seconds or all")]
    Nothing,
    /// `all` and something else.
    #[error("all selects every session and cannot go with ids, user or idle_for_seconds")]
    AllAndSome,
}

impl KillRequest {
    /// Whether the conditions make sense together.
    ///
    /// # Errors
    /// There is none, or `all` is not alone.
    pub fn check(&self) -> Result<(), KillRequestError> {
        let some = self.ids.is_some() || self.user.is_some() || self.idle_for_seconds.is_some();
        match (self.all, some) {
            (false, false) => Err(KillRequestError::Nothing),
            (true, true) => Err(KillRequestError::AllAndSome),
            (true, false) | (false, true) => Ok(()),
        }
    }
}

/// What became of each session. The answer comes when they have ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KillAnswer {
    /// Whether nothing was done on purpose.
    pub dry_run: bool,
    /// One for each id that was given, else one for each session that was selected.
    pub results: Vec<KillResult>,
}

/// What became of one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KillResult {
    /// Its id.
    pub session_id: String,
    /// What became of it.
    pub outcome: KillOutcome,
    /// Why it failed or was skipped; else null.
    pub reason: Option<String>,
    /// What it was just before; null when there is none with this id.
    pub session: Option<Session>,
}

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum KillOutcome {
    /// It has ended: its process is gone and its port free.
    Killed,
    /// It would have been ended (`dry_run`).
    WouldKill,
    /// Its id was given, but another condition does not hold (any more).
    Skipped,
    /// There is none with this id.
    NotFound,
    /// It could not be ended in time.
    Failed,
}
