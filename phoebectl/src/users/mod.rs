//! `phoebectl users`.

mod access;
mod add;
mod class_file;
mod import;
mod list;
mod passwd;
mod remove;
mod role;
mod rows;
mod show;

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// What to do with users.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a user
    Add(add::Args),
    /// List the users
    List(list::Args),
    /// Show one user
    Show(Named),
    /// Give a user another role
    SetRole(role::Args),
    /// Do not let a user log in any more, nor use tokens; their sessions end
    Disable(Named),
    /// Let a user log in again
    Enable(Named),
    /// Give a user another password
    Passwd(passwd::Args),
    /// Remove a user; their sessions end and their data are deleted
    Remove(remove::Args),
    /// Make the users of a CSV file, such as a class
    Import(import::Args),
}

/// A user who is named.
#[derive(Debug, Clone, clap::Args)]
pub struct Named {
    /// The user's id or email
    #[arg(value_name = "USER")]
    user: String,
}

/// Does it.
pub async fn run(
    command: Command,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    match command {
        Command::Add(args) => add::run(args, client, console).await,
        Command::List(args) => list::run(&args, client, console).await,
        Command::Show(named) => show::run(&named, client, console).await,
        Command::SetRole(args) => role::run(&args, client, console).await,
        Command::Disable(named) => access::disable(&named, client, console).await,
        Command::Enable(named) => access::enable(&named, client, console).await,
        Command::Passwd(args) => passwd::run(&args, client, console).await,
        Command::Remove(args) => remove::run(&args, client, console).await,
        Command::Import(args) => import::run(&args, client, console).await,
    }
}
