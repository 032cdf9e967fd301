//! `phoebectl reload`.

use phoebed_common::admin::{Change, ReloadAnswer, paths};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::count;

/// Has the daemon read its configuration again.
pub async fn run(client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.post::<ReloadAnswer>(paths::RELOAD, &serde_json::json!({})).await?;
    if console.json {
        return console.answer(&reply);
    }
    let ReloadAnswer { file, applied, needs_restart, unchanged, warnings } = &reply.value;
    for warning in warnings {
        console.note(&format!("warning: {warning}"));
    }
    console.line(format!("reloaded {}", file.as_deref().unwrap_or("without a file")))?;
    if !applied.is_empty() || !needs_restart.is_empty() {
        console.table(&changes(applied, needs_restart))?;
    }
    console.line(format!("{} unchanged", count(unchanged.len(), "key")))?;
    if !needs_restart.is_empty() {
        console.note("hint: for the rest: systemctl restart phoebed");
    }
    Ok(())
}

fn changes(applied: &[Change], needs_restart: &[Change]) -> Table {
    let mut table = Table::new([
        Column::new("KEY"),
        Column::new("OLD").elastic(8),
        Column::new("NEW").elastic(8),
        Column::new("EFFECT"),
    ]);
    let applied = applied.iter().map(|change| (change, Cell::new("applied").style(Style::Good)));
    let waits = || Cell::new("needs a restart").style(Style::Warning);
    let waiting = needs_restart.iter().map(|change| (change, waits()));
    for (Change { key, old, new }, effect) in applied.chain(waiting) {
        table.row([key.into(), old.into(), new.into(), effect]);
    }
    table
}
