//! `phoebectl tokens list`.

use phoebed_common::admin::{Token, TokenList, paths};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::{NOTHING, stamp};

/// Arguments of `tokens list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those of the user with this id or email
    #[arg(long)]
    user: Option<String>,
}

/// Lists the tokens.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<TokenList>(&paths::tokens_of(args.user.as_deref())).await?;
    if console.json {
        return console.answer(&reply);
    }
    let tokens = &reply.value.tokens;
    if tokens.is_empty() {
        console.note("no tokens");
        return Ok(());
    }
    // Ids are never cut: they are there to be copied.
    let mut table = Table::new([
        Column::new("TOKEN"),
        Column::new("USER").elastic(12),
        Column::new("STATE"),
        Column::new("EXPIRES").optional(),
        Column::new("LABEL").elastic(8).optional(),
        Column::new("ISSUED").optional(),
    ]);
    for token in tokens {
        table.row([
            Cell::new(&token.id),
            Cell::new(&token.email),
            state(token, console.now()),
            Cell::new(stamp(token.expires_at, console.time_zone())),
            Cell::new(if token.label.is_empty() { NOTHING } else { &token.label }),
            Cell::new(stamp(token.created_at, console.time_zone())),
        ]);
    }
    console.table(&table)
}

fn state(token: &Token, now: f64) -> Cell {
    let (text, style) = match token.revoked_at {
        Some(_) => ("revoked", Style::Warning),
        None if token.expires_at <= now => ("expired", Style::Dim),
        None => ("valid", Style::Good),
    };
    Cell::new(text).style(style)
}
