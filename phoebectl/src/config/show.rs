//! `phoebectl config show`.

use phoebed_common::admin::{ConfigAnswer, paths};

use super::rows;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// Shows the configuration in force.
pub async fn run(client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<ConfigAnswer>(paths::CONFIG).await?;
    if console.json {
        return console.answer(&reply);
    }
    console.table(&rows::table(&reply.value.entries))
}
