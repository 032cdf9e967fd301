//! `phoebectl drain` and `phoebectl undrain`.

use std::time::Duration;

use phoebed_common::admin::{DrainAnswer, Status, paths};
use tokio::time::{Instant, sleep};

use crate::args::Global;
use crate::client::{Client, Reply};
use crate::console::Console;
use crate::error::CtlError;
use crate::text::count;

const PAUSE: Duration = Duration::from_millis(250);

/// Arguments of `drain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Wait until no command or job runs or waits, at most --timeout
    #[arg(long)]
    wait: bool,
}

/// Has the daemon take no new sessions.
pub async fn run(
    args: &Args,
    global: &Global,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    let deadline = Instant::now() + global.timeout;
    let mut reply = switch(paths::DRAIN, client).await?;
    while args.wait && reply.value.running > 0 {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CtlError::StillRunning {
                sessions: reply.value.running,
                after: global.timeout,
            });
        }
        sleep(PAUSE.min(left)).await;
        client.set_timeout(global.timeout);
        let Status { draining, at_work, .. } = client.get(paths::STATUS).await?.value;
        if !draining {
            return Err(CtlError::Undrained);
        }
        reply.value.running = at_work;
    }
    if console.json {
        return console.json(&reply.value);
    }
    let running = reply.value.running;
    console.line(match (reply.value.changed, running) {
        (true, 0) => "draining: no new sessions, and nothing is at work".to_owned(),
        (false, 0) => "draining already; nothing is at work".to_owned(),
        (true, _) => format!("draining: no new sessions; {} at work", sessions(running)),
        (false, _) => format!("draining already; {} at work", sessions(running)),
    })?;
    if running > 0 {
        console.note("hint: wait for them: phoebectl drain --wait --timeout 10m");
    }
    Ok(())
}

/// Has the daemon take new sessions again.
pub async fn end(client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let reply = switch(paths::UNDRAIN, client).await?;
    if console.json {
        return console.answer(&reply);
    }
    console.line(match reply.value.changed {
        true => "new sessions are taken again",
        false => "it was not draining",
    })
}

async fn switch(path: &str, client: &mut Client) -> Result<Reply<DrainAnswer>, CtlError> {
    client.post::<DrainAnswer>(path, &serde_json::json!({})).await
}

fn sessions(number: usize) -> String {
    count(number, "session")
}
