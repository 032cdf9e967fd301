//! What is measured: one file a topic, each with a fresh daemon.

mod auth;
mod cage;
mod commands;
mod compute;
mod forked;
mod hundred;
mod jobs;
mod keeping;
mod listen;
mod start;
mod twelve;

use std::cell::Cell;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::ValueEnum;
use futures_util::future::join_all;

use crate::client::{Connection, path};
use crate::daemon::Session;
use crate::error::Result;
use crate::figure::Figure;
use crate::limits::Limits;
use crate::load::{Shot, samples};
use crate::samples::Samples;

/// The figures of a topic, and whether its daemon stopped as it must, leaving nothing.
pub type Measured = (Vec<Figure>, Result<()>);

/// The body of a ping.
pub const PING: &[u8] = br#"{"command":"ping"}"#;
/// Spares, as shipped.
const SPARES: usize = 4;
/// Ports: enough for a hundred sessions and the spares.
const POOL: u16 = 120;
/// Between pings while something else goes on.
const PAUSE: Duration = Duration::from_millis(2);

/// A topic, by its name on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Topic {
    /// From exec to the answer to /health
    Listen,
    /// Start with a spare ready, first command, end
    Start,
    /// Start without spares, and 300 at once
    Forked,
    /// Commands of one session, and while another computes
    Commands,
    /// Memory of 12 sessions, and all pinged at once
    Twelve,
    /// 100 starts at once; memory, idle processor time, end
    Hundred,
    /// A light curve with one process and more, beside plain PHOEBE
    Compute,
    /// Reads while a session computes; a thousand jobs of fifty users
    Jobs,
    /// Starts and a light curve with the sandbox on and off
    Cage,
    /// What it costs that changes are kept; waking; 10 000 sessions that hibernate
    Keeping,
    /// What tokens and HTTPS add to a ping; logins, one and 300; refusals
    Auth,
}

impl Topic {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 11] = [
        Self::Listen,
        Self::Start,
        Self::Forked,
        Self::Commands,
        Self::Twelve,
        Self::Hundred,
        Self::Compute,
        Self::Jobs,
        Self::Cage,
        Self::Keeping,
        Self::Auth,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Start => "start",
            Self::Forked => "forked",
            Self::Commands => "commands",
            Self::Twelve => "twelve",
            Self::Hundred => "hundred",
            Self::Compute => "compute",
            Self::Jobs => "jobs",
            Self::Cage => "cage",
            Self::Keeping => "keeping",
            Self::Auth => "auth",
        }
    }

    /// Measures it with a daemon of its own, which is gone after it.
    pub async fn measure(self, effort: Effort, limits: &mut Limits) -> Result<Measured> {
        match self {
            Self::Listen => listen::measure(effort).await,
            Self::Start => start::measure(effort, limits).await,
            Self::Forked => forked::measure(effort, limits).await,
            Self::Commands => commands::measure(effort, limits).await,
            Self::Twelve => twelve::measure(effort, limits).await,
            Self::Hundred => hundred::measure(effort, limits).await,
            Self::Compute => compute::measure(effort).await,
            Self::Jobs => jobs::measure(effort).await,
            Self::Cage => cage::measure(effort).await,
            Self::Keeping => keeping::measure(effort).await,
            Self::Auth => auth::measure(effort).await,
        }
    }
}

/// How often things are repeated.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Few times.
    pub is_quick: bool,
}

impl Effort {
    /// One number for a measurement, another for a quick look.
    pub fn pick<T>(self, full: T, quick: T) -> T {
        if self.is_quick { quick } else { full }
    }
}

impl Session {
    /// A command of it that must succeed.
    fn shot(&self, body: impl Into<Bytes>) -> Shot {
        Shot { uri: self.send.clone(), body: body.into(), begins: br#"{"success":true"# }
    }

    /// A ping.
    fn ping(&self) -> Shot {
        self.shot(PING)
    }
}

/// Starts a session on each connection, all at once. Returns the sessions, and when the last of
/// them was answered.
async fn start_at_once(connections: &mut [Connection]) -> Result<(Vec<Session>, Duration)> {
    let uri = path("/dash/start-session")?;
    let started = Instant::now();
    let answers = connections.iter_mut().map(|connection| connection.post(&uri, Bytes::new()));
    let answers = join_all(answers).await;
    let took = started.elapsed();
    let sessions =
        answers.into_iter().map(|answer| Session::of(&answer?)).collect::<Result<_>>()?;
    Ok((sessions, took))
}

/// Has every session answer a ping once, then ends all of them at once. Returns how long the ends
/// took together.
async fn end_at_once(connections: &mut [Connection], sessions: &[Session]) -> Result<Duration> {
    for (connection, session) in connections.iter_mut().zip(sessions) {
        session.ping().fire(connection).await?;
    }
    let started = Instant::now();
    let ends = connections.iter_mut().zip(sessions);
    let ends = ends.map(|(connection, session)| connection.post(&session.end, Bytes::new()));
    join_all(ends).await.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(started.elapsed())
}

/// Does something else, and pings a session until that is done.
async fn ping_during<T>(
    connection: &mut Connection,
    session: &Session,
    other: impl Future<Output = Result<T>>,
) -> Result<(T, Samples)> {
    let is_done = Cell::new(false);
    let other = async {
        let done = other.await?;
        is_done.set(true);
        Ok(done)
    };
    let pings = async {
        let mut times = Vec::new();
        while !is_done.get() {
            times.push(session.ping().fire(connection).await?);
            tokio::time::sleep(PAUSE).await;
        }
        samples(&times)
    };
    tokio::try_join!(other, pings)
}
