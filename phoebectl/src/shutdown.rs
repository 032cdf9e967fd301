//! `phoebectl shutdown`.

use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use phoebed_common::admin::{ShutdownAnswer, paths};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

use crate::args::Global;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::text::count;

const PAUSE: Duration = Duration::from_millis(25);
/// How long the process may outlive its socket; it may also be a process of another container.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// Stops the daemon and waits until it has stopped.
pub async fn run(
    global: &Global,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    let deadline = Instant::now() + global.timeout;
    let reply = client.post::<ShutdownAnswer>(paths::SHUTDOWN, &serde_json::json!({})).await?;
    let ShutdownAnswer { pid, sessions, socket_stays, .. } = reply.value;
    // To connect to a socket of the service manager would start the next daemon.
    while socket_stays && lives(pid) {
        if Instant::now() >= deadline {
            return Err(CtlError::StillStopping { pid, after: global.timeout });
        }
        sleep(PAUSE).await;
    }
    let socket = client.socket().unwrap_or(Path::new("")).to_owned();
    while !socket_stays && UnixStream::connect(&socket).await.is_ok() {
        if Instant::now() >= deadline {
            return Err(CtlError::StillStopping { pid, after: global.timeout });
        }
        sleep(PAUSE).await;
    }
    let last = deadline.min(Instant::now() + LAST_BREATH);
    while lives(pid) && Instant::now() < last {
        sleep(PAUSE).await;
    }
    if console.json {
        return console.answer(&reply);
    }
    let sessions = count(sessions, "session");
    console.line(format!("phoebed (process {pid}) has stopped; it had {sessions}"))?;
    if socket_stays {
        console.note(
            "hint: the next connection starts it again; to stop it for good: systemctl stop \
             phoebed.socket phoebed-admin.socket phoebed.service",
        );
    }
    Ok(())
}

fn lives(pid: u32) -> bool {
    let Ok(pid) = i32::try_from(pid) else { return false };
    kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH) && !has_ended(pid)
}

/// Whether the process has ended and only its parent does not know yet.
fn has_ended(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name stands in parentheses and may hold anything; the state follows.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'))
}
