//! POST /v1/reload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config;

/// What came of reading the configuration again. A file that is wrong changes nothing and is
/// answered with 422.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReloadAnswer {
    /// The file that was read, absolute; null when there is none.
    pub file: Option<String>,
    /// Keys whose new values count now.
    pub applied: Vec<Change>,
    /// Keys whose new values wait for a restart.
    pub needs_restart: Vec<Change>,
    /// All other keys.
    pub unchanged: Vec<Unchanged>,
    /// What is odd but no reason to refuse.
    pub warnings: Vec<String>,
}

/// A key whose value in the file differs from the one in force (before this reload).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Section and key, such as `server.port`.
    pub key: String,
    /// The old value as TOML, a secret's hidden.
    pub old: String,
    /// The new value as TOML, a secret's hidden.
    pub new: String,
}

/// A key whose value is the same as before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unchanged {
    /// Section and key, such as `server.port`.
    pub key: String,
    /// The value as TOML, a secret's hidden.
    pub value: String,
}

impl From<config::Change> for Change {
    fn from(change: config::Change) -> Self {
        let config::Change { key, old, new, reload: _ } = change;
        Self { key: key.to_owned(), old, new }
    }
}
