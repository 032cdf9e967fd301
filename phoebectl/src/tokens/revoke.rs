//! `phoebectl tokens revoke`.

use phoebed_common::admin::{TokenRevoked, paths};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// Arguments of `tokens revoke`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The token's id, as `tokens list` shows it
    id: String,
}

/// Makes a token invalid.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let path = paths::token_revoke(&args.id);
    let reply = client.post::<TokenRevoked>(&path, &serde_json::json!({})).await?;
    if console.json {
        return console.answer(&reply);
    }
    let token = &reply.value.token;
    console.line(format!("token {} of {} is revoked", token.id, token.email))
}
