//! Starts without a spare: each waits for a fork. And 300 of them at once.

use std::time::Duration;

use super::start::{Lives, live};
use super::{Effort, Measured, end_at_once, start_at_once};
use crate::client::Connection;
use crate::daemon::Daemon;
use crate::error::Result;
use crate::figure::{Figure, Unit};
use crate::limits::Limits;
use crate::load::samples;
use crate::progress;

const POOL: u16 = 320;
const CROWD: usize = 300;

/// Measures the topic.
pub async fn measure(effort: Effort, limits: &mut Limits) -> Result<Measured> {
    let engine = limits.engine(effort)?;
    let (fork, hundred) = (engine.fork.median(), engine.hundred.median());
    progress("start of sessions without spares");
    let daemon = Daemon::start(0, POOL).await?;
    let mut connection = daemon.connect().await?;
    let Lives { starts, .. } =
        live(&mut connection, effort.pick(60, 10), Duration::from_millis(10)).await?;
    let starts = samples(&starts)?;
    let mut figures = vec![
        Figure::median("start_forked", "session start, no spare", &starts)
            .at_most(0.025)
            .beside("fork", fork),
        Figure::quantile("start_forked_p90", "  p90", &starts, 0.9),
    ];
    if !effort.is_quick {
        progress("300 starts at once");
        let mut connections = Connection::open_many(daemon.address(), CROWD).await?;
        let (sessions, took) = start_at_once(&mut connections).await?;
        figures.push(
            Figure::new("start_300", "300 starts at once", took.as_secs_f64(), Unit::Seconds)
                .beside("300 forks", 3.0 * hundred),
        );
        end_at_once(&mut connections, &sessions).await?;
    }
    Ok((figures, daemon.stop().await))
}
