//! How a job is shown.

use phoebed_common::api::{JobObject, JobState};

use crate::style::{Cell, Style};
use crate::text::{NOTHING, span};

/// Where it is, in its colour.
pub fn state(job: &JobObject) -> Cell {
    let style = match job.state {
        JobState::Queued => Style::Dim,
        JobState::Running => Style::Plain,
        JobState::Succeeded => Style::Good,
        JobState::Failed => Style::Bad,
        JobState::Cancelled => Style::Warning,
    };
    Cell::new(job.state.as_str()).style(style)
}

/// `42 %`.
pub fn percent(job: &JobObject) -> String {
    format!("{:.0} %", (job.progress * 100.0).floor())
}

/// `84 of 201 times`, as far as it is known.
pub fn steps(job: &JobObject) -> String {
    let stage = job.stage.as_deref().unwrap_or("steps");
    match (job.step, job.steps) {
        (Some(step), Some(steps)) => format!("{step} of {steps} {stage}"),
        (Some(step), None) => format!("{step} {stage}"),
        (None, _) => NOTHING.to_owned(),
    }
}

/// A span of time, or nothing.
pub fn lasting(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| NOTHING.to_owned(), span)
}
