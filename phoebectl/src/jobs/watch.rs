//! `phoebectl jobs watch`: a bar that moves, and how it ended.

use std::time::Duration;

use phoebed_common::admin::{JobQuery, paths};
use phoebed_common::api::{JobObject, JobState};

use super::{rows, show};
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// How long one request waits for the job to move.
const WAIT: f64 = 20.0;
/// Characters of the bar.
const WIDTH: usize = 30;

/// Arguments of `jobs watch`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job's id
    id: String,
}

/// Shows how far the job is until it is over; fails unless it has succeeded.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    client.allow_more(Duration::from_secs_f64(WAIT));
    let mut query = None;
    loop {
        let reply = client.get::<JobObject>(&paths::job(&args.id, query.as_ref())).await?;
        query = Some(JobQuery { wait: Some(WAIT) });
        let job = &reply.value;
        console.progress(&line(job));
        if !job.state.is_finished() {
            continue;
        }
        console.progress_over();
        if console.json {
            console.answer(&reply)?;
        } else {
            let fields = show::fields(job, console);
            console.fields(&fields)?;
        }
        return match job.state {
            JobState::Succeeded => Ok(()),
            _ => Err(CtlError::JobNotDone(job.state.as_str())),
        };
    }
}

/// `[########----------] 42 %  84 of 201 times, 3 s, 4 s left, 2 processes`.
fn line(job: &JobObject) -> String {
    let full = (job.progress.clamp(0.0, 1.0) * WIDTH as f64).floor() as usize;
    let bar = format!("{}{}", "#".repeat(full), "-".repeat(WIDTH - full));
    let mut parts = Vec::new();
    if job.state != JobState::Running {
        parts.push(job.state.as_str().to_owned());
    }
    if job.step.is_some() {
        parts.push(rows::steps(job));
    }
    if job.elapsed_seconds.is_some() {
        parts.push(rows::lasting(job.elapsed_seconds));
    }
    if job.remaining_seconds.is_some() {
        parts.push(format!("{} left", rows::lasting(job.remaining_seconds)));
    }
    if let Some(best) = job.best {
        parts.push(format!("best ln p {best:.3}"));
    }
    if job.processes > 1 {
        parts.push(format!("{} processes", job.processes));
    }
    format!("[{bar}] {}  {}", rows::percent(job), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: JobState) -> JobObject {
        JobObject {
            id: "j".to_owned(),
            session_id: "s".to_owned(),
            user_id: None,
            command: "run_compute".to_owned(),
            state,
            progress: 0.5,
            stage: Some("times".to_owned()),
            step: Some(100),
            steps: Some(200),
            best: None,
            processes: 2,
            attempts: 1,
            elapsed_seconds: Some(2.0),
            remaining_seconds: Some(2.0),
            submitted_at: 0.0,
            started_at: Some(0.0),
            finished_at: None,
            error: None,
        }
    }

    #[test]
    fn the_bar_says_all_that_is_known() {
        let shown = line(&job(JobState::Running));
        let bar = "[###############---------------] 50 %  ";
        assert_eq!(shown, format!("{bar}100 of 200 times, 2.0 s, 2.0 s left, 2 processes"));
    }

    #[test]
    fn a_job_that_waits_says_no_more_than_that() {
        let waits = JobObject {
            progress: 0.0,
            step: None,
            elapsed_seconds: None,
            remaining_seconds: None,
            processes: 0,
            ..job(JobState::Queued)
        };
        assert_eq!(line(&waits), format!("[{}] 0 %  queued", "-".repeat(WIDTH)));
    }
}
