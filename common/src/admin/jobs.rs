//! GET /v1/jobs and what is below it. A job is the same object as in the public API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many jobs are sent when the request does not say.
pub const DEFAULT_JOBS: usize = 50;
/// How many jobs are sent at most.
pub const MOST_JOBS: usize = 10_000;
/// For how long a request may wait for a job to move, in seconds.
pub const LONGEST_WAIT: f64 = 60.0;

/// Which jobs to send: the latest, or those of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = JobsQuery { limit: Some(10), ..JobsQuery::default() })]
pub struct JobsQuery {
    /// Those of this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// At most so many of the latest, 1 to 10000; 50 when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// How to send one job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = JobQuery { wait: Some(30.0) })]
pub struct JobQuery {
    /// As soon as it is another than now, or after so many seconds, at most 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<f64>,
}
