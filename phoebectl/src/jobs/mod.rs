//! `phoebectl jobs`.

mod cancel;
mod list;
mod rows;
mod show;
mod watch;

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// What to do with jobs.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the latest jobs, or those of a session
    List(list::Args),
    /// Show one job
    Show(show::Args),
    /// End a job; its session is as it was before it
    Cancel(cancel::Args),
    /// Watch a job until it is over
    Watch(watch::Args),
}

/// Does it.
pub async fn run(
    command: Command,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    match command {
        Command::List(args) => list::run(args, client, console).await,
        Command::Show(args) => show::run(&args, client, console).await,
        Command::Cancel(args) => cancel::run(&args, client, console).await,
        Command::Watch(args) => watch::run(&args, client, console).await,
    }
}
