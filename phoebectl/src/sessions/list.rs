//! `phoebectl sessions list`.

use phoebed_common::admin::{SessionList, paths};

use super::rows;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;

/// Lists the sessions.
pub async fn run(client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<SessionList>(paths::SESSIONS).await?;
    if console.json {
        return console.answer(&reply);
    }
    let sessions = &reply.value.sessions;
    if sessions.is_empty() {
        console.note("no sessions");
        return Ok(());
    }
    console.table(&rows::table(sessions, console.now()))
}
