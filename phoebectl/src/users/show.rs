//! `phoebectl users show`.

use phoebed_common::admin::{User, paths};

use super::{Named, rows};
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::fields::Fields;
use crate::text::{ago, stamp};

/// Shows one user.
pub async fn run(
    named: &Named,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    let reply = client.get::<User>(&paths::of_user(paths::USER, &named.user)).await?;
    if console.json {
        return console.answer(&reply);
    }
    let fields = fields(&reply.value, console);
    console.fields(&fields)
}

fn fields(user: &User, console: &Console) -> Fields {
    let (now, zone) = (console.now(), console.time_zone());
    let time = |at| format!("{} ({})", stamp(at, zone), ago(now, at));
    let mut fields = Fields::default();
    fields.add("user", user.id.to_string());
    fields.add("email", &user.email);
    fields.add("name", rows::name(user));
    fields.add("role", &user.role);
    fields.add("state", rows::state(user));
    fields.add("made", time(user.created_at));
    fields.add("last login", user.last_login.map_or_else(|| "never".to_owned(), time));
    fields.add("sessions", user.sessions.to_string());
    fields
}
