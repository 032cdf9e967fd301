//! `phoebectl audit`.

use std::time::Duration;

use phoebed_common::admin::{AuditLog, AuditQuery, AuditRecord, DEFAULT_AUDIT, MOST_AUDIT, paths};

use crate::client::Client;
use crate::console::Console;
use crate::duration::parse_duration;
use crate::error::CtlError;
use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::{limit_up_to, or_nothing, stamp};

/// Arguments of `audit`. A record is shown when all that is given holds for it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  phoebectl audit --since 2h
  phoebectl audit --user ada@example.org --event login --limit 20")]
pub struct Args {
    /// Only what the user with this id or email did, or what was done to them
    #[arg(long)]
    user: Option<String>,
    /// Only this event, such as login
    #[arg(long)]
    event: Option<String>,
    /// Only the last so long, such as 30m, 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    since: Option<Duration>,
    /// How many records to show at most
    #[arg(long, short = 'n', value_name = "N", default_value_t = DEFAULT_AUDIT)]
    #[arg(value_parser = |text: &str| limit_up_to(MOST_AUDIT, text))]
    limit: usize,
}

/// Shows who did what, the newest at the bottom.
pub async fn run(args: Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let Args { user, event, since, limit } = args;
    let since = since.map(|span| console.now() - span.as_secs_f64());
    let query = AuditQuery { user, event, since, limit: Some(limit) };
    let reply = client.get::<AuditLog>(&paths::audit(&query)).await?;
    if console.json {
        return console.answer(&reply);
    }
    let records = &reply.value.records;
    if records.is_empty() {
        console.note("no records");
        return Ok(());
    }
    let mut table = Table::new([
        Column::new("TIME"),
        Column::new("EVENT").elastic(10),
        Column::new("RESULT"),
        Column::new("WHO").elastic(6),
        Column::new("USER").elastic(10),
        Column::new("FROM").elastic(9).optional(),
        Column::new("DETAIL").elastic(10).optional(),
        Column::new("SESSION").optional(),
    ]);
    for record in records.iter().rev() {
        table.row([
            Cell::new(stamp(record.timestamp, console.time_zone())),
            Cell::new(&record.event),
            result(record),
            Cell::new(or_nothing(record.actor.as_ref())),
            Cell::new(or_nothing(record.email.as_ref().or(record.user_id.as_ref()))),
            Cell::new(or_nothing(record.client_ip.as_ref())),
            Cell::new(or_nothing(record.detail.as_ref())),
            Cell::new(or_nothing(record.session_id.as_ref())),
        ]);
    }
    console.table(&table)
}

fn result(record: &AuditRecord) -> Cell {
    let (text, style) = if record.success { ("ok", Style::Good) } else { ("failed", Style::Bad) };
    Cell::new(text).style(style)
}
