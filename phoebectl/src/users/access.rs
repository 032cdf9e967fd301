//! `phoebectl users disable` and `enable`.

use phoebed_common::admin::{UserChanged, paths};

use super::{Named, rows};
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::text::count;

/// Does not let a user log in any more.
pub async fn disable(
    named: &Named,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    change(paths::USER_DISABLE, named, client, console).await
}

/// Lets a user log in again.
pub async fn enable(
    named: &Named,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    change(paths::USER_ENABLE, named, client, console).await
}

async fn change(
    path: &str,
    named: &Named,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    let path = paths::of_user(path, &named.user);
    let reply = client.post::<UserChanged>(&path, &serde_json::json!({})).await?;
    if console.json {
        return console.answer(&reply);
    }
    let UserChanged { user, sessions_ended } = &reply.value;
    let ended = match sessions_ended {
        0 => String::new(),
        some => format!(", {} ended", count(*some, "session")),
    };
    console.line(format!("{} is {} now{ended}", rows::who(user), rows::state(user).text()))
}
