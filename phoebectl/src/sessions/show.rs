//! `phoebectl sessions show`.

use phoebed_common::admin::{Session, paths};

use super::rows;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::fields::Fields;
use crate::text::{NOTHING, ago, count, memory, or_nothing, stamp};

/// Arguments of `sessions show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session's id
    id: String,
}

/// Shows one session.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = client.get::<Session>(&paths::session(&args.id)).await?;
    if console.json {
        return console.answer(&reply);
    }
    let fields = fields(&reply.value, console);
    console.fields(&fields)
}

fn fields(session: &Session, console: &Console) -> Fields {
    let (now, zone) = (console.now(), console.time_zone());
    let time = |at| format!("{} ({})", stamp(at, zone), ago(now, at));
    let name = Some(&session.full_name).filter(|name| !name.is_empty());
    let mut fields = Fields::default();
    fields.add("session", &session.session_id);
    fields.add("user", or_nothing(session.user_id.as_ref()));
    fields.add("name", or_nothing(name));
    fields.add("project", rows::project(session));
    fields.add("state", rows::state(session, now));
    fields.add("waiting", count(session.waiting_commands, "command"));
    fields.add("started", time(session.created_at));
    fields.add("last used", time(session.last_activity));
    if let Some(at) = session.terminates_at {
        fields.add("ends", format!("{}, unless it is used before", stamp(at, zone)));
    }
    if let Some(cause) = &session.worker_died {
        fields.add("worker died", cause);
    }
    fields.add("memory", session.memory_mib.map_or_else(|| NOTHING.to_owned(), memory));
    fields.add("port", or_nothing(session.port));
    fields.add("process", or_nothing(session.pid));
    fields.add("client", or_nothing(session.client_ip.as_ref()));
    fields.add("program", or_nothing(session.user_agent.as_ref()));
    fields
}
