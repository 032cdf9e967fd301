//! `phoebectl config`.

mod check;
mod default;
mod rows;
mod show;

use crate::args::Global;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// What to do with configurations.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the configuration in force, and where each value came from
    Show,
    /// Check a configuration file; needs no daemon
    Check(check::Args),
    /// Print the default configuration file, which explains every key; needs no daemon
    Default,
}

/// Does it.
pub async fn run(
    command: Command,
    global: &Global,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    match command {
        Command::Show => show::run(client, console).await,
        Command::Check(args) => check::run(args, global, console),
        Command::Default => default::run(console),
    }
}
