//! `phoebectl waitready`: for scripts that start the daemon and then need it.

use std::time::Duration;

use phoebed_common::admin::{EngineState, Status, paths};
use tokio::time::{Instant, sleep_until};

use crate::args::Global;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::status::state;
use crate::text::span;

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Waits until sessions can start. That no daemon runs yet, or that its engine fails (it tries
/// again), ends the wait only when the time is over.
pub async fn run(
    global: &Global,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    let began = Instant::now();
    let deadline = began + global.timeout;
    let mut pause = FIRST_PAUSE;
    loop {
        client.set_timeout(deadline.saturating_duration_since(Instant::now()));
        let why_not = match client.get::<Status>(paths::STATUS).await {
            Ok(reply) if reply.value.engine.state == EngineState::Ready => {
                if console.json {
                    return console.answer(&reply);
                }
                return console
                    .line(format!("ready after {}", span(began.elapsed().as_secs_f64())));
            }
            Ok(reply) => CtlError::NotReady {
                after: global.timeout,
                state: state(reply.value.engine.state).0,
                cause: reply.value.engine.cause,
            },
            Err(CtlError::Timeout { .. }) => {
                return Err(CtlError::Timeout { after: global.timeout });
            }
            Err(error @ (CtlError::NotRunning { .. } | CtlError::Broken { .. })) => error,
            Err(error) => return Err(error),
        };
        if Instant::now() + pause >= deadline {
            sleep_until(deadline).await;
            return Err(why_not);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
