//! What the sandbox of workers costs: two daemons, with it and without it, take turns.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::compute::light_curve;
use super::start::{Lives, live};
use super::{Effort, Measured, POOL};
use crate::client::Connection;
use crate::daemon::{Daemon, Session};
use crate::error::{BenchError, Result};
use crate::figure::{Figure, Unit};
use crate::load::samples;
use crate::progress;

const PAUSE: Duration = Duration::from_millis(10);

/// What one of the two has shown so far.
#[derive(Debug, Default)]
struct Shown {
    starts: Vec<Duration>,
    computes: Vec<Duration>,
    model: Value,
}

/// Measures the topic.
pub async fn measure(effort: Effort) -> Result<Measured> {
    progress("the sandbox of workers, on and off");
    let daemons = [
        Daemon::start_with(0, POOL, "sandbox.mode = 'enforce'\n").await?,
        Daemon::start_with(0, POOL, "sandbox.mode = 'off'\n").await?,
    ];
    let mut clients = Vec::new();
    for daemon in &daemons {
        let starting = daemon.connect().await?;
        let (mut connection, session) = daemon.sessions(1).await?.remove(0);
        connection.command(&session.send, &light_curve()).await?;
        clients.push((starting, connection, session));
    }
    let mut shown = [Shown::default(), Shown::default()];
    for _ in 0..effort.pick(5, 1) {
        for ((starting, connection, session), shown) in clients.iter_mut().zip(&mut shown) {
            let Lives { starts, .. } = live(starting, effort.pick(20, 5), PAUSE).await?;
            shown.starts.extend(starts);
            compute(connection, session, shown).await?;
        }
    }
    drop(clients);
    let [caged, free] = daemons;
    let stopped = caged.stop().await.and(free.stop().await);
    let [caged, free] = shown;
    if caged.model != free.model {
        return Err(BenchError::unexpected("the sandbox changes what is computed"));
    }
    let (start, start_free) = (samples(&caged.starts)?, samples(&free.starts)?);
    let (compute, compute_free) = (samples(&caged.computes)?, samples(&free.computes)?);
    let more = start.median() - start_free.median();
    let figures = vec![
        Figure::median("cage_start", "start, no spare, sandboxed", &start)
            .beside("sandbox off", start_free.median()),
        Figure::new("cage_start_more", "  the sandbox's part of it", more, Unit::Seconds)
            .at_most(0.002),
        Figure::median("cage_compute", "run_compute, sandboxed", &compute)
            .beside("sandbox off", compute_free.median()),
    ];
    Ok((figures, stopped))
}

async fn compute(connection: &mut Connection, session: &Session, shown: &mut Shown) -> Result<()> {
    let started = Instant::now();
    shown.model = connection.command(&session.send, &json!({ "command": "run_compute" })).await?;
    shown.computes.push(started.elapsed());
    Ok(())
}
