//! The same ping to several daemons, which take turns so that noise hits all of them.

use std::time::Duration;

use bytes::Bytes;

use crate::client::{Connection, path};
use crate::daemon::{Daemon, Session};
use crate::error::{BenchError, Result};
use crate::load::{WARM_UP, samples};
use crate::processes::cpu;
use crate::samples::Samples;

/// Pings of one daemon before it is the next one's turn.
const TURN: usize = 50;

/// A session that is pinged.
#[derive(Debug)]
pub struct Pinging {
    /// With the token, where one is needed.
    pub connection: Connection,
    /// The session.
    pub session: Session,
    daemon: i32,
    times: Vec<Duration>,
    used: f64,
}

/// What came of it.
#[derive(Debug)]
pub struct Pinged {
    /// How long each took.
    pub samples: Samples,
    /// Processor seconds of the daemon, its worker apart, for each.
    pub cpu: f64,
}

impl Pinging {
    /// Starts a session and warms up.
    pub async fn start(daemon: &Daemon, mut connection: Connection) -> Result<Self> {
        let start = path("/dash/start-session")?;
        let session = Session::of(&connection.post(&start, Bytes::new()).await?)?;
        let ping = session.ping();
        for _ in 0..WARM_UP {
            ping.fire(&mut connection).await?;
        }
        Ok(Self { connection, session, daemon: daemon.pid(), times: Vec::new(), used: 0.0 })
    }

    async fn turn(&mut self) -> Result<()> {
        let (ping, before) = (self.session.ping(), cpu(&[self.daemon]));
        for _ in 0..TURN {
            self.times.push(ping.fire(&mut self.connection).await?);
        }
        self.used += cpu(&[self.daemon]) - before;
        Ok(())
    }

    fn pinged(&self) -> Result<Pinged> {
        #[allow(clippy::cast_precision_loss, reason = "a count of pings")]
        let cpu = self.used / self.times.len() as f64;
        Ok(Pinged { samples: samples(&self.times)?, cpu })
    }
}

/// So many rounds, in each of which another one begins.
pub async fn in_turn<const N: usize>(all: &mut [Pinging; N], rounds: usize) -> Result<[Pinged; N]> {
    for round in 0..rounds {
        for place in 0..N {
            all[(round + place) % N].turn().await?;
        }
    }
    let pinged = all.iter().map(Pinging::pinged).collect::<Result<Vec<_>>>()?;
    pinged.try_into().map_err(|_| BenchError::unexpected("one series each"))
}
