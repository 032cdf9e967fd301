//! Bodies of answers that are not a success.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Origin;
use crate::config;

/// The body of every error: 400 the request makes no sense, 403 the caller may not, 404 no such
/// session, user, token or path, 405, 409 not now or taken, 422 the configuration file is wrong,
/// 500, 503.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = ErrorBody::new("there is no session 5f0c8a52"))]
pub struct ErrorBody {
    /// What is wrong: one sentence for people, without a full stop.
    pub error: String,
    /// Why, each the cause of the one before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What to do, such as the next command to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// 422 only: everything that is wrong with the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ConfigProblem>,
}

impl ErrorBody {
    /// An error with that sentence.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: error.into(), ..Self::default() }
    }

    /// An error with its own text and those of its causes.
    pub fn of(error: &dyn std::error::Error) -> Self {
        let causes = std::iter::successors(error.source(), |error| error.source());
        let causes = causes.map(ToString::to_string).collect();
        Self { causes, ..Self::new(error.to_string()) }
    }

    /// The same with something to do.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigProblem {
    /// Where the value stands.
    pub origin: Origin,
    /// The key; null for what is no TOML at all.
    pub key: Option<String>,
    /// The value as TOML, a secret hidden.
    pub value: Option<String>,
    /// What is wrong, and what is allowed.
    pub reason: String,
}

impl From<config::Problem> for ConfigProblem {
    fn from(problem: config::Problem) -> Self {
        let config::Problem { origin, key, value, reason } = problem;
        Self { origin: origin.into(), key, value, reason }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        match (&self.key, &self.value) {
            (Some(key), Some(value)) => write!(f, "{key} = {value}: ")?,
            (Some(key), None) => write!(f, "{key}: ")?,
            (None, _) => {}
        }
        f.write_str(&self.reason)
    }
}
