//! `phoebectl sessions`.

mod journal;
mod kill;
mod list;
mod logs;
mod rows;
mod show;

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// What to do with sessions.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the sessions
    List,
    /// Show one session
    Show(show::Args),
    /// End sessions and wait until they have ended
    Kill(kill::Args),
    /// Show a session's latest commands, and what the journal has of it; also of one that has ended
    Logs(logs::Args),
}

/// Does it.
pub async fn run(
    command: Command,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    match command {
        Command::List => list::run(client, console).await,
        Command::Show(args) => show::run(&args, client, console).await,
        Command::Kill(args) => kill::run(args, client, console).await,
        Command::Logs(args) => logs::run(&args, client, console).await,
    }
}
