//! Jobs: commands that outlive the requests that asked for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::all_required;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It has a result.
    Succeeded,
    /// It has an error.
    Failed,
    /// It was ended before it was done.
    Cancelled,
}

impl JobState {
    /// Whether nothing more comes of it.
    pub fn is_finished(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A job. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = all_required, example = JobObject::example())]
pub struct JobObject {
    /// Its id, a UUID of version 4.
    pub id: String,
    /// The session that it belongs to, which may have ended.
    pub session_id: String,
    /// Who owns it; null in mode `none`.
    pub user_id: Option<String>,
    /// The command's name.
    pub command: String,
    /// Where it is.
    pub state: JobState,
    /// How much of it is done, from 0 to 1.
    pub progress: f64,
    /// What its steps are: `times` of a model, `iterations` of a fit (and `initial samples` before
    /// them), `samples`; null before it says so.
    pub stage: Option<String>,
    /// Steps done.
    pub step: Option<u64>,
    /// Steps in all; null where that is not known.
    pub steps: Option<u64>,
    /// The best logarithm of the probability so far; null where there is none.
    pub best: Option<f64>,
    /// How many processes it may keep busy now.
    pub processes: u32,
    /// How often it was begun: again after a restart of the daemon or the end of its worker.
    pub attempts: u32,
    /// For how long it runs or ran, in seconds.
    pub elapsed_seconds: Option<f64>,
    /// How long it will take from now on, in seconds, as far as can be told.
    pub remaining_seconds: Option<f64>,
    /// When it came.
    pub submitted_at: f64,
    /// When it was begun last.
    pub started_at: Option<f64>,
    /// When it was over.
    pub finished_at: Option<f64>,
    /// Why it failed or was cancelled.
    pub error: Option<String>,
}

impl JobObject {
    fn example() -> Self {
        Self {
            id: "2f0c7c0a-3a0e-4d6e-9a52-6f3f4f1b7a11".to_owned(),
            session_id: "9b2fe0f5-7c3b-4f0e-8d3a-1f6a5a3c9d20".to_owned(),
            user_id: None,
            command: "run_compute".to_owned(),
            state: JobState::Running,
            progress: 0.25,
            stage: Some("times".to_owned()),
            step: Some(50),
            steps: Some(200),
            best: None,
            processes: 2,
            attempts: 1,
            elapsed_seconds: Some(0.5),
            remaining_seconds: Some(1.5),
            submitted_at: 1_764_000_000.0,
            started_at: Some(1_764_000_000.25),
            finished_at: None,
            error: None,
        }
    }
}

/// Answer of GET /dash/sessions/{session_id}/jobs: in the order in which they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobList {
    /// The jobs.
    pub jobs: Vec<JobObject>,
}
