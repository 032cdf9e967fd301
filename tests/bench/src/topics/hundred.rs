//! A lecture: a hundred sessions started at once, what they cost while idle, and their end.

use std::time::{Duration, Instant};

use super::{Effort, Measured, POOL, SPARES, end_at_once, start_at_once};
use crate::client::Connection;
use crate::daemon::Daemon;
use crate::error::Result;
use crate::figure::{Figure, Unit};
use crate::limits::Limits;
use crate::load::samples;
use crate::processes::{cpu, proportional_set_size, resident, tree};
use crate::progress;

const HUNDRED: usize = 100;
/// Until the spares are replaced and nothing of the starts is left to do.
const SETTLE: Duration = Duration::from_secs(1);

/// What idle sessions cost.
struct Idle {
    /// Proportional set size of the whole tree, in MiB.
    memory: f64,
    /// The daemon's own resident memory, in MiB.
    daemon: f64,
    /// Share of one core that the daemon uses.
    daemon_cpu: f64,
    /// Share of one core that the whole tree uses.
    tree_cpu: f64,
}

/// Measures the topic.
pub async fn measure(effort: Effort, limits: &mut Limits) -> Result<Measured> {
    let engine = limits.engine(effort)?;
    let (forks, bare) = (engine.hundred.median(), engine.memory[1]);
    progress("a hundred starts at once");
    let daemon = Daemon::start(SPARES, POOL).await?;
    let empty = idle(&daemon, Duration::from_secs(1)).await?;
    let mut connections = Connection::open_many(daemon.address(), HUNDRED).await?;
    let (mut starts, mut ends, mut full) = (Vec::new(), Vec::new(), None);
    for round in 0..effort.pick(4, 1) {
        let (sessions, took) = start_at_once(&mut connections).await?;
        starts.push(took);
        if round == 0 {
            progress("a hundred idle sessions");
            tokio::time::sleep(SETTLE).await;
            let lasting = Duration::from_secs(effort.pick(5, 2));
            full = Some(idle(&daemon, lasting).await?);
        }
        ends.push(end_at_once(&mut connections, &sessions).await?);
        tokio::time::sleep(SETTLE).await;
    }
    let stopped = daemon.stop().await;
    let full = full.unwrap_or_else(|| unreachable!("there is a first round"));
    #[allow(clippy::cast_precision_loss, reason = "a hundred")]
    let each = (full.memory - empty.memory) / HUNDRED as f64;
    let figures = vec![
        Figure::median("start_100", "100 starts at once, all served", &samples(&starts)?)
            .at_most(3.0)
            .beside("100 forks", forks),
        Figure::median("end_100", "100 ends at once, all done", &samples(&ends)?),
        Figure::new("memory_100", "memory per idle session, of 100", each, Unit::Mebibytes)
            .at_most(6.0)
            .beside("a bare fork's", bare),
        Figure::new("daemon_rss_100", "phoebed resident, 100 sessions", full.daemon, MIB)
            .at_most(30.0)
            .beside("with 0 sessions", empty.daemon),
        Figure::new("idle_cpu_100", "phoebed's core share, 100 idle", full.daemon_cpu, CORE)
            .beside("with 0 sessions", empty.daemon_cpu),
        Figure::new("idle_tree_cpu_100", "  with zygote and workers", full.tree_cpu, CORE)
            .beside("with 0 sessions", empty.tree_cpu),
    ];
    Ok((figures, stopped))
}

const MIB: Unit = Unit::Mebibytes;
const CORE: Unit = Unit::Percent;

/// Looks at the daemon for so long while nobody asks it for anything.
async fn idle(daemon: &Daemon, lasting: Duration) -> Result<Idle> {
    let (pid, pids) = (daemon.pid(), tree(daemon.pid()));
    let (started, own, all) = (Instant::now(), cpu(&[pid]), cpu(&pids));
    tokio::time::sleep(lasting).await;
    let per_cent = |used: f64| used / started.elapsed().as_secs_f64() * 100.0;
    let (daemon_cpu, tree_cpu) = (per_cent(cpu(&[pid]) - own), per_cent(cpu(&pids) - all));
    let memory = proportional_set_size(&pids)?;
    Ok(Idle { memory, daemon: resident(pid)?, daemon_cpu, tree_cpu })
}
