//! `phoebectl sessions logs`.

use phoebed_common::admin::{DEFAULT_LOGS, LoggedCommand, MOST_LOGS, SessionLog, paths};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::{NOTHING, limit_up_to, span, stamp};

/// Arguments of `sessions logs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session's id
    id: String,
    /// How many commands to show at most
    #[arg(long, short = 'n', value_name = "N", default_value_t = DEFAULT_LOGS)]
    #[arg(value_parser = |text: &str| limit_up_to(MOST_LOGS, text))]
    limit: usize,
}

/// Shows a session's latest commands, the newest at the bottom.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<SessionLog>(&paths::session_logs(&args.id, args.limit)).await?;
    if console.json {
        return console.answer(&reply);
    }
    let commands = &reply.value.commands;
    if commands.is_empty() {
        console.note("no commands");
        return Ok(());
    }
    let mut table = Table::new([
        Column::new("TIME"),
        Column::new("COMMAND").elastic(12),
        Column::new("TOOK").right(),
        Column::new("RESULT").elastic(8),
    ]);
    for command in commands.iter().rev() {
        table.row([
            Cell::new(stamp(command.timestamp, console.time_zone())),
            Cell::new(&command.command),
            Cell::new(command.execution_time_ms.map_or(NOTHING.to_owned(), |ms| span(ms / 1e3))),
            result(command),
        ]);
    }
    console.table(&table)
}

fn result(command: &LoggedCommand) -> Cell {
    match (command.success, &command.error_message) {
        (true, _) => Cell::new("ok").style(Style::Good),
        (false, Some(error)) => Cell::new(format!("failed: {error}")).style(Style::Bad),
        (false, None) => Cell::new("failed").style(Style::Bad),
    }
}
