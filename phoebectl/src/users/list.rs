//! `phoebectl users list`.

use phoebed_common::Role;
use phoebed_common::admin::{UserList, paths};

use super::role::role_parser;
use super::rows;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// Arguments of `users list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those with this role
    #[arg(long, value_parser = role_parser())]
    role: Option<Role>,
}

/// Lists the users.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let mut reply = client.get::<UserList>(paths::USERS).await?;
    if console.json && args.role.is_none() {
        return console.answer(&reply);
    }
    let users = &mut reply.value.users;
    users.retain(|user| args.role.is_none_or(|role| role.name() == user.role));
    if console.json {
        return console.json(&reply.value);
    }
    if users.is_empty() {
        console.note("no users");
        return Ok(());
    }
    console.table(&rows::table(users.iter(), console.now()))
}
