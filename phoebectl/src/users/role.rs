//! `phoebectl users set-role`, and how a role is typed.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use phoebed_common::Role;
use phoebed_common::admin::{RoleRequest, UserChanged, paths};

use super::{Named, rows};
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// Arguments of `users set-role`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Who.
    #[command(flatten)]
    named: Named,
    /// What the user may do: have sessions of their own; see every session too; or use and end
    /// every session
    #[arg(value_parser = role_parser())]
    role: Role,
}

/// Takes the names of roles.
pub fn role_parser() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::name)).try_map(|name| name.parse::<Role>())
}

/// Gives a user another role.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let path = paths::of_user(paths::USER_ROLE, &args.named.user);
    let reply = client.post::<UserChanged>(&path, &RoleRequest { role: args.role }).await?;
    if console.json {
        return console.answer(&reply);
    }
    let user = &reply.value.user;
    console.line(format!("{} has the role {} now", rows::who(user), user.role))
}
