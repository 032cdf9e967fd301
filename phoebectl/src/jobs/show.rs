//! `phoebectl jobs show`.

use phoebed_common::admin::paths;
use phoebed_common::api::JobObject;

use super::rows;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::fields::Fields;
use crate::text::{NOTHING, ago, or_nothing, stamp};

/// Arguments of `jobs show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job's id
    id: String,
}

/// Shows one job.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<JobObject>(&paths::job(&args.id, None)).await?;
    if console.json {
        return console.answer(&reply);
    }
    let fields = fields(&reply.value, console);
    console.fields(&fields)
}

/// All that is known of a job.
pub fn fields(job: &JobObject, console: &Console) -> Fields {
    let (now, zone) = (console.now(), console.time_zone());
    let time = |at: Option<f64>| match at {
        Some(at) => format!("{} ({})", stamp(at, zone), ago(now, at)),
        None => NOTHING.to_owned(),
    };
    let mut fields = Fields::default();
    fields.add("job", &job.id);
    fields.add("session", &job.session_id);
    fields.add("user", or_nothing(job.user_id.as_ref()));
    fields.add("command", &job.command);
    fields.add("state", rows::state(job));
    fields.add("done", rows::percent(job));
    fields.add("step", rows::steps(job));
    if let Some(best) = job.best {
        fields.add("best ln p", best.to_string());
    }
    fields.add("processes", job.processes.to_string());
    fields.add("attempts", job.attempts.to_string());
    fields.add("came", time(Some(job.submitted_at)));
    fields.add("began", time(job.started_at));
    fields.add("over", time(job.finished_at));
    fields.add("took", rows::lasting(job.elapsed_seconds));
    fields.add("left", rows::lasting(job.remaining_seconds));
    if let Some(error) = &job.error {
        fields.add("error", error);
    }
    fields
}
