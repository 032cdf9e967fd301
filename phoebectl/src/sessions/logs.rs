//! `phoebectl sessions logs`.

use phoebed_common::admin::{DEFAULT_LOGS, LoggedCommand, MOST_LOGS, SessionLog, paths};

use serde::Serialize;

use super::journal::{self, Line};
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
    /// How many commands, and lines of the journal, to show at most
    #[arg(long, short = 'n', value_name = "N", default_value_t = DEFAULT_LOGS)]
    #[arg(value_parser = |text: &str| limit_up_to(MOST_LOGS, text))]
    limit: usize,
}

/// Shows a session's latest commands, the newest at the bottom, and below them what the daemon has
/// logged of it, if it logs to the journal.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<SessionLog>(&paths::session_logs(&args.id, args.limit)).await?;
    let Some(uid) = reply.value.journal_uid else {
        if console.json {
            return console.answer(&reply);
        }
        return commands(&reply.value.commands, console);
    };
    let (lines, trouble) = match journal::read(&args.id, uid, args.limit, console).await {
        Ok(lines) => (lines, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    if console.json {
        console.json(&WithLines { log: &reply.value, lines: &lines })?;
    } else {
        commands(&reply.value.commands, console)?;
        if !lines.is_empty() {
            console.line("")?;
            console.table(&lines_table(&lines, console))?;
        }
    }
    if let Some(why) = trouble {
        console.note(&format!("warning: the journal was not read: {why}"));
        console.note("hint: root and members of the groups adm and systemd-journal may read it");
    }
    Ok(())
}

/// The daemon's answer, and what was read besides.
#[derive(Serialize)]
struct WithLines<'a> {
    #[serde(flatten)]
    log: &'a SessionLog,
    lines: &'a [Line],
}

fn commands(commands: &[LoggedCommand], console: &mut Console) -> Result<(), CtlError> {
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

fn lines_table(lines: &[Line], console: &Console) -> Table {
    let mut table =
        Table::new([Column::new("TIME"), Column::new("LEVEL"), Column::new("LOG").elastic(20)]);
    for line in lines {
        let style = match line.level {
            "CRITICAL" | "ERROR" => Style::Bad,
            "WARNING" => Style::Warning,
            _ => Style::Plain,
        };
        table.row([
            Cell::new(stamp(line.timestamp, console.time_zone())),
            Cell::new(line.level).style(style),
            Cell::new(&line.message),
        ]);
    }
    table
}

fn result(command: &LoggedCommand) -> Cell {
    match (command.success, &command.error_message) {
        (true, _) => Cell::new("ok").style(Style::Good),
        (false, Some(error)) => Cell::new(format!("failed: {error}")).style(Style::Bad),
        (false, None) => Cell::new("failed").style(Style::Bad),
    }
}
