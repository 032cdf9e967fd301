//! `phoebectl jobs cancel`.

use phoebed_common::admin::paths;
use phoebed_common::api::{JobObject, JobState};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// Arguments of `jobs cancel`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job's id
    id: String,
}

/// Ends a job and waits until it has ended.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let path = paths::job_cancel(&args.id);
    let reply = client.post::<JobObject>(&path, &serde_json::json!({})).await?;
    if console.json {
        return console.answer(&reply);
    }
    let job = &reply.value;
    match job.state {
        JobState::Cancelled => console.line("cancelled"),
        JobState::Queued | JobState::Running => {
            console.line("it does not end yet; `phoebectl jobs watch` tells when it has")
        }
        JobState::Succeeded | JobState::Failed => {
            console.line(format!("it was over before that: {}", job.state.as_str()))
        }
    }
}
