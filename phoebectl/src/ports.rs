//! `phoebectl ports`.

use phoebed_common::admin::{PortHolder, PortUse, Ports, paths};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::or_nothing;

/// Shows the port pool and who holds its ports.
pub async fn run(client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<Ports>(paths::PORTS).await?;
    if console.json {
        return console.answer(&reply);
    }
    let Ports { first, last, counts, in_use } = &reply.value;
    let (total, reserved, available) = (counts.total, counts.reserved, counts.available);
    console.line(format!(
        "ports {first} to {last}: {available} available of {total}, {reserved} reserved"
    ))?;
    if in_use.is_empty() {
        return Ok(());
    }
    let mut table = Table::new([
        Column::new("PORT").right(),
        Column::new("HOLDER"),
        Column::new("PROCESS").right(),
        Column::new("SESSION"),
    ]);
    for port in in_use {
        table.row([
            Cell::new(port.port.to_string()),
            holder(port),
            Cell::new(or_nothing(port.pid)),
            Cell::new(or_nothing(port.session_id.as_ref())),
        ]);
    }
    console.table(&table)
}

fn holder(port: &PortUse) -> Cell {
    let (name, style) = match port.holder {
        PortHolder::Session => ("session", Style::Plain),
        PortHolder::Spare => ("spare", Style::Dim),
        PortHolder::Worker => ("worker that starts or ends", Style::Plain),
        PortHolder::OtherProgram => ("another program", Style::Warning),
    };
    let leaving = if port.leaving { ", leaves the pool" } else { "" };
    Cell::new(format!("{name}{leaving}")).style(style)
}
