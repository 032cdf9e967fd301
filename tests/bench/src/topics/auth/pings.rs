//! The same ping to several daemons, which take turns so that noise hits all of them.

use std::time::Duration;

use bytes::Bytes;

use crate::client::{Connection, path};
use crate::daemon::Session;
use crate::error::{BenchError, Result};
use crate::load::{WARM_UP, samples};
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
    times: Vec<Duration>,
}

impl Pinging {
    /// Starts a session and warms up.
    pub async fn start(mut connection: Connection) -> Result<Self> {
        let start = path("/dash/start-session")?;
        let session = Session::of(&connection.post(&start, Bytes::new()).await?)?;
        let mut pinging = Self { connection, session, times: Vec::new() };
        pinging.ping(WARM_UP).await?;
        pinging.times.clear();
        Ok(pinging)
    }

    async fn ping(&mut self, count: usize) -> Result<()> {
        let ping = self.session.ping();
        for _ in 0..count {
            self.times.push(ping.fire(&mut self.connection).await?);
        }
        Ok(())
    }
}

/// So many rounds, in each of which another one begins. Returns the times of each.
pub async fn in_turn<const N: usize>(
    all: &mut [Pinging; N],
    rounds: usize,
) -> Result<[Samples; N]> {
    for round in 0..rounds {
        for place in 0..N {
            all[(round + place) % N].ping(TURN).await?;
        }
    }
    let times = all.iter().map(|pinging| samples(&pinging.times)).collect::<Result<Vec<_>>>()?;
    times.try_into().map_err(|_| BenchError::unexpected("one series each"))
}
