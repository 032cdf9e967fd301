//! A session's start with a spare ready, its first command, its end.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Effort, Measured, POOL, SPARES};
use crate::client::{Connection, path};
use crate::daemon::{Daemon, Session};
use crate::error::Result;
use crate::figure::Figure;
use crate::limits::Limits;
use crate::load::samples;
use crate::progress;

/// Times of one session after the other.
#[derive(Debug, Default)]
pub struct Lives {
    /// Of start-session.
    pub starts: Vec<Duration>,
    /// Of the first ping, right after it.
    pub firsts: Vec<Duration>,
    /// Of end-session.
    pub ends: Vec<Duration>,
}

/// Measures the topic.
pub async fn measure(effort: Effort, limits: &mut Limits) -> Result<Measured> {
    let echo = limits.echo(effort).await?.serial.median();
    let wire = limits.wire(effort)?.serial.median();
    let kill = limits.engine(effort)?.kill.median();
    progress("start and end of sessions, spares ready");
    let daemon = Daemon::start(SPARES, POOL).await?;
    let mut connection = daemon.connect().await?;
    // Long enough for the spare that was taken to be replaced.
    let pause = Duration::from_millis(50);
    let Lives { starts, firsts, ends } = live(&mut connection, effort.pick(100, 15), pause).await?;
    let stopped = daemon.stop().await;
    let (starts, firsts, ends) = (samples(&starts)?, samples(&firsts)?, samples(&ends)?);
    let figures = vec![
        Figure::median("start_spare", "session start, a spare ready", &starts)
            .at_most(0.005)
            .beside("HTTP echo", echo),
        Figure::quantile("start_spare_p90", "  p90", &starts, 0.9),
        Figure::median("first_ping", "first ping of a new session", &firsts)
            .beside("HTTP echo + ZMQ", echo + wire),
        Figure::median("end", "session end", &ends).at_most(0.02).beside("kill a fork", kill),
        Figure::quantile("end_p90", "  p90", &ends, 0.9),
    ];
    Ok((figures, stopped))
}

/// Starts a session, pings it once and ends it, so many times, with pauses.
pub async fn live(connection: &mut Connection, count: usize, pause: Duration) -> Result<Lives> {
    let start = path("/dash/start-session")?;
    let mut lives = Lives::default();
    for _ in 0..count {
        tokio::time::sleep(pause).await;
        let started = Instant::now();
        let answer = connection.post(&start, Bytes::new()).await?;
        lives.starts.push(started.elapsed());
        let session = Session::of(&answer)?;
        lives.firsts.push(session.ping().fire(connection).await?);
        tokio::time::sleep(pause).await;
        let started = Instant::now();
        connection.post(&session.end, Bytes::new()).await?;
        lives.ends.push(started.elapsed());
    }
    Ok(lives)
}
