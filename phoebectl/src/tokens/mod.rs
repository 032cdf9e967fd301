//! `phoebectl tokens`.

mod issue;
mod list;
mod revoke;

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// What to do with tokens.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Issue a token for a script, and print it this once
    Issue(issue::Args),
    /// List the tokens that were issued, not those of logins
    List(list::Args),
    /// Make a token invalid
    Revoke(revoke::Args),
}

/// Does it.
pub async fn run(
    command: Command,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    match command {
        Command::Issue(args) => issue::run(args, client, console).await,
        Command::List(args) => list::run(&args, client, console).await,
        Command::Revoke(args) => revoke::run(&args, client, console).await,
    }
}
