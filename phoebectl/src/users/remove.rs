//! `phoebectl users remove`.

use phoebed_common::admin::{User, UserRemoved, paths};

use super::{Named, rows};
use crate::client::Client;
use crate::confirm::confirm;
use crate::console::Console;
use crate::error::CtlError;
use crate::text::count;

/// Arguments of `users remove`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Who.
    #[command(flatten)]
    named: Named,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Removes a user: shows them and asks first, unless told not to.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let mut name = args.named.user.clone();
    if !args.yes {
        let user = client.get::<User>(&paths::of_user(paths::USER, &name)).await?.value;
        console.note_table(&rows::table([&user], console.now()));
        confirm(console, &format!("Remove {} with all their data?", user.email))?;
        // Who was shown is removed, even if the email is another one's by now.
        name = user.id.to_string();
    }
    let path = paths::of_user(paths::USER_REMOVE, &name);
    let reply = client.post::<UserRemoved>(&path, &serde_json::json!({})).await?;
    if console.json {
        return console.answer(&reply);
    }
    let UserRemoved { user, sessions_ended } = &reply.value;
    let ended = count(*sessions_ended, "session");
    console.line(format!("{} was removed, {ended} ended", rows::who(user)))
}
