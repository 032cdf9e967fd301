//! A small class: the memory of twelve idle sessions, then all of them pinged at once.

use std::time::Duration;

use super::{Effort, Measured, POOL, SPARES};
use crate::client::Connection;
use crate::daemon::{Daemon, Session};
use crate::error::Result;
use crate::figure::{Figure, Unit};
use crate::limits::Limits;
use crate::load::{Shot, WARM_UP, parallel};
use crate::processes::{cpu, proportional_set_size, tree};
use crate::progress;

const TWELVE: usize = 12;
/// Requests under way in each session in the crowded case.
const DEEP: usize = 4;
const SECONDS: Unit = Unit::Seconds;
/// The generator alone must reach this many times what it reached with the daemon.
const HEADROOM: f64 = 2.0;

/// Measures the topic.
pub async fn measure(effort: Effort, limits: &mut Limits) -> Result<Measured> {
    let generated = limits.echo(effort).await?.twelve.clone();
    let wires = limits.wires(effort)?;
    let (rate, p99) = (wires.rate, wires.samples.quantile(0.99));
    let bare = limits.engine(effort)?.memory[0];
    progress("twelve sessions");
    let daemon = Daemon::start(SPARES, POOL).await?;
    let before = proportional_set_size(&tree(daemon.pid()))?;
    let sessions = daemon.sessions(TWELVE).await?;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let after = proportional_set_size(&tree(daemon.pid()))?;
    #[allow(clippy::cast_precision_loss, reason = "twelve")]
    let each = (after - before) / TWELVE as f64;

    let lasting = Duration::from_millis(effort.pick(4_000, 1_000));
    let (mut connections, sessions): (Vec<Connection>, Vec<Session>) = sessions.into_iter().unzip();
    let shots: Vec<Shot> = sessions.iter().map(Session::ping).collect();
    let pids = tree(daemon.pid());
    let used = [cpu(&pids[..1]), cpu(&pids)];
    let one_each = parallel(&mut connections, &shots, lasting).await?;
    #[allow(clippy::cast_precision_loss, reason = "a count of pings")]
    let pings = (one_each.samples.count() + WARM_UP * TWELVE) as f64;
    let daemon_each = (cpu(&pids[..1]) - used[0]) / pings;
    let workers_each = (cpu(&pids) - used[1]) / pings - daemon_each;
    let mut connections = Connection::open_many(daemon.address(), TWELVE * DEEP).await?;
    let shots: Vec<Shot> = shots.iter().cycle().take(TWELVE * DEEP).cloned().collect();
    let deep = parallel(&mut connections, &shots, lasting).await?;
    let stopped = daemon.stop().await;

    let figures = vec![
        Figure::new("memory_12", "memory per idle session, of 12", each, Unit::Mebibytes)
            .at_most(6.0)
            .beside("a bare fork's", bare),
        Figure::new("ping_12", "pings over 12 sessions", one_each.rate, Unit::PerSecond)
            .at_least(5_000.0)
            .beside("ZMQ, 12 links", rate),
        Figure::quantile("ping_12_p99", "  p99", &one_each.samples, 0.99)
            .at_most(0.01)
            .beside("ZMQ, 12 links", p99),
        Figure::new("ping_48", "  with 4 callers to each", deep.rate, Unit::PerSecond)
            .beside("ZMQ, 12 links", rate),
        Figure::quantile("ping_48_p99", "  with 4 callers to each, p99", &deep.samples, 0.99),
        Figure::new(
            "generator",
            "load generator, 12 bare HTTP echoes",
            generated.rate,
            Unit::PerSecond,
        )
        .at_least(HEADROOM * one_each.rate)
        .beside("pings over 12", one_each.rate),
        Figure::new("ping_cpu_daemon", "processor time of a ping, phoebed", daemon_each, SECONDS),
        Figure::new("ping_cpu_worker", "  its worker", workers_each, SECONDS),
        Figure::new("ping_cpu_generator", "  the generator", one_each.generator, SECONDS),
    ];
    Ok((figures, stopped))
}
