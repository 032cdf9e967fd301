//! `phoebectl ping`.

use phoebed_common::admin::{Ping, paths};

use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::text::span;

/// Asks whether the daemon answers.
pub async fn run(client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<Ping>(paths::PING).await?;
    if console.json {
        return console.answer(&reply);
    }
    let Ping { version, pid, uptime_seconds } = reply.value;
    let socket = client.socket().map(|path| path.display().to_string()).unwrap_or_default();
    let up = span(uptime_seconds);
    console.line(format!("phoebed {version} answers on {socket}: process {pid}, up {up}"))
}
