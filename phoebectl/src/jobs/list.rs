//! `phoebectl jobs list`.

use phoebed_common::admin::{DEFAULT_JOBS, JobsQuery, MOST_JOBS, paths};
use phoebed_common::api::JobList;

use super::rows;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::style::Cell;
use crate::table::{Column, Table};
use crate::text::{ago, limit_up_to, or_nothing};

/// Arguments of `jobs list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Jobs of this session, which may have ended
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// At most so many of the latest
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_JOBS, value_parser = limit)]
    limit: usize,
}

fn limit(text: &str) -> Result<usize, String> {
    limit_up_to(MOST_JOBS, text)
}

/// Lists jobs, the latest last.
pub async fn run(args: Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let query = JobsQuery { session: args.session, limit: Some(args.limit) };
    let reply = client.get::<JobList>(&paths::jobs(&query)).await?;
    if console.json {
        return console.answer(&reply);
    }
    if reply.value.jobs.is_empty() {
        return console.line("no jobs");
    }
    let mut table = Table::new([
        Column::new("JOB"),
        Column::new("STATE"),
        Column::new("DONE").right(),
        Column::new("COMMAND").elastic(8),
        Column::new("STEP").elastic(8).optional(),
        Column::new("TOOK").right().optional(),
        Column::new("LEFT").right().optional(),
        Column::new("CAME").optional(),
        Column::new("USER").elastic(8).optional(),
    ]);
    for job in &reply.value.jobs {
        table.row([
            Cell::new(&job.id),
            rows::state(job),
            Cell::new(rows::percent(job)),
            Cell::new(&job.command),
            Cell::new(rows::steps(job)),
            Cell::new(rows::lasting(job.elapsed_seconds)),
            Cell::new(rows::lasting(job.remaining_seconds)),
            Cell::new(ago(console.now(), job.submitted_at)),
            Cell::new(or_nothing(job.user_id.as_ref())),
        ]);
    }
    console.table(&table)
}
