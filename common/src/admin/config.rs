//! GET /v1/config.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config;

/// The configuration that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigAnswer {
    /// The file that was read, absolute; null when everything is default.
    pub file: Option<String>,
    /// Every key, in the order of the file.
    pub entries: Vec<ConfigEntry>,
}

/// One key with its value and where that came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigEntry {
    /// Section and key, such as `server.port`.
    pub key: String,
    /// The value as TOML; a secret's is hidden unless it is empty.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
    /// Whether the value is a secret.
    pub secret: bool,
    /// What a reload does with a change.
    pub reload: Reloading,
}

/// What a reload does with a changed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Reloading {
    /// The new value counts at once.
    Live,
    /// The new value counts after a restart.
    Restart,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// The daemon's own default.
    Default,
    /// A line of the configuration file.
    File {
        /// The file.
        path: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// An option of the daemon's command line.
    CommandLine {
        /// Its name, such as `--port`.
        option: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::CommandLine { option } => write!(f, "command line {option}"),
        }
    }
}

impl From<config::Origin> for Origin {
    fn from(origin: config::Origin) -> Self {
        match origin {
            config::Origin::Default => Self::Default,
            config::Origin::File { path, line } => {
                Self::File { path: path.display().to_string(), line }
            }
            config::Origin::Environment(variable) => {
                Self::Environment { variable: variable.to_owned() }
            }
            config::Origin::CommandLine(option) => Self::CommandLine { option: option.to_owned() },
        }
    }
}

impl From<config::Reload> for Reloading {
    fn from(reload: config::Reload) -> Self {
        match reload {
            config::Reload::Live => Self::Live,
            config::Reload::Restart => Self::Restart,
        }
    }
}

impl From<config::Entry> for ConfigEntry {
    fn from(entry: config::Entry) -> Self {
        let config::Entry { key, value, origin, secret, reload } = entry;
        Self { key: key.to_owned(), value, origin: origin.into(), secret, reload: reload.into() }
    }
}

impl From<&config::Config> for ConfigAnswer {
    fn from(config: &config::Config) -> Self {
        Self {
            file: config.file.as_ref().map(|file| file.display().to_string()),
            entries: config.entries().into_iter().map(ConfigEntry::from).collect(),
        }
    }
}
