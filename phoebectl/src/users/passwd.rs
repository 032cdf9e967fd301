//! `phoebectl users passwd`.

use phoebed_common::admin::{PasswordRequest, UserMade, paths};

use super::{Named, rows};
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::password::Password;

/// Arguments of `users passwd`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  phoebectl users passwd ada@example.org
  phoebectl users passwd 7 --password-stdin < password.txt")]
pub struct Args {
    /// Who.
    #[command(flatten)]
    named: Named,
    /// The password.
    #[command(flatten)]
    password: Password,
}

/// Gives a user another password.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let password = args.password.read(console)?;
    let path = paths::of_user(paths::USER_PASSWORD, &args.named.user);
    let reply = client.post::<UserMade>(&path, &PasswordRequest { password }).await?;
    if console.json {
        return console.answer(&reply);
    }
    let UserMade { user, password } = &reply.value;
    match password {
        Some(password) => {
            console.line(format!("password: {}", password.expose()))?;
            console.note(&format!("{} has this password now, shown this once", rows::who(user)));
            Ok(())
        }
        None => console.line(format!("{} has the given password now", rows::who(user))),
    }
}
