//! `phoebectl tokens issue`.

use std::time::Duration;

use phoebed_common::admin::{TokenMade, TokenRequest, paths};

use crate::client::Client;
use crate::console::Console;
use crate::duration::parse_duration;
use crate::error::CtlError;
use crate::text::stamp;

/// Arguments of `tokens issue`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The token alone goes to standard output, everything else to standard error.

Examples:
  phoebectl tokens issue ada@example.org --label 'nightly fits' --expires-in 30d
  TOKEN=$(phoebectl tokens issue 7)")]
pub struct Args {
    /// The id or email of the user whose token it shall be
    user: String,
    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    label: String,
    /// For how long it is valid, such as 12h or 30d; as long as a login without this
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expires_in: Option<Duration>,
}

/// Issues a token.
pub async fn run(args: Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let Args { user, label, expires_in } = args;
    let expires_in_seconds = expires_in.map(|time| time.as_secs_f64().ceil() as u64);
    let request = TokenRequest { user, label, expires_in_seconds };
    let reply = client.post::<TokenMade>(paths::TOKENS, &request).await?;
    if console.json {
        return console.answer(&reply);
    }
    let TokenMade { token, access_token } = &reply.value;
    console.line(access_token.expose())?;
    let until = stamp(token.expires_at, console.time_zone());
    let (id, email, user) = (&token.id, &token.email, token.user_id);
    console.note(&format!(
        "token {id} of {email} (user {user}), valid until {until}, shown this once"
    ));
    Ok(())
}
