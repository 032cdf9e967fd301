//! The load: the same request again and again, on one connection or on several at once.
//!
//! Every loop is bounded in count or in time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use hyper::Uri;

use crate::client::Connection;
use crate::error::{BenchError, Result};
use crate::processes::own_cpu;
use crate::samples::Samples;

/// Not measured: the first requests of a connection, in which caches fill on both sides.
pub const WARM_UP: usize = 50;
/// No series takes longer, whatever its count.
const SERIES: Duration = Duration::from_secs(20);

/// A POST that is sent again and again, and what every answer must hold.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Where to.
    pub uri: Uri,
    /// With what.
    pub body: Bytes,
    /// With what the answer must begin.
    pub begins: &'static [u8],
}

impl Shot {
    /// Sends it once. Returns how long that took.
    pub async fn fire(&self, connection: &mut Connection) -> Result<Duration> {
        let started = Instant::now();
        let answer = connection.post(&self.uri, self.body.clone()).await?;
        let took = started.elapsed();
        if answer.starts_with(self.begins) {
            return Ok(took);
        }
        let text = String::from_utf8_lossy(&answer);
        Err(BenchError::unexpected(format!("POST {}: {text}", self.uri)))
    }
}

/// One after the other on one connection: so many, of these in turn.
pub async fn serial(connection: &mut Connection, shots: &[Shot], count: usize) -> Result<Samples> {
    let mut shots = shots.iter().cycle();
    for shot in shots.by_ref().take(WARM_UP.min(count / 5)) {
        shot.fire(connection).await?;
    }
    let started = Instant::now();
    let mut times = Vec::with_capacity(count);
    for shot in shots.take(count) {
        times.push(shot.fire(connection).await?);
        if started.elapsed() > SERIES {
            break;
        }
    }
    samples(&times)
}

/// What came of requests on several connections at once.
#[derive(Debug, Clone)]
pub struct Throughput {
    /// Answers per second.
    pub rate: f64,
    /// How long each took.
    pub samples: Samples,
    /// Processor seconds that this program itself used for each.
    pub generator: f64,
}

/// Each connection with its own shot, one after the other, all at the same time, for so long.
pub async fn parallel(
    connections: &mut [Connection],
    shots: &[Shot],
    lasting: Duration,
) -> Result<Throughput> {
    let warm_up = connections.iter_mut().zip(shots).map(|(connection, shot)| async move {
        for _ in 0..WARM_UP {
            shot.fire(connection).await?;
        }
        Ok(())
    });
    join_all(warm_up).await.into_iter().collect::<Result<()>>()?;
    let (started, cpu) = (Instant::now(), own_cpu());
    let until = started + lasting;
    let series = connections.iter_mut().zip(shots).map(|(connection, shot)| async move {
        let mut times = Vec::new();
        while Instant::now() < until {
            times.push(shot.fire(connection).await?);
        }
        Ok(times)
    });
    let times = join_all(series).await.into_iter().collect::<Result<Vec<_>>>()?.concat();
    let seconds = started.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a count of requests")]
    let count = times.len() as f64;
    let generator = (own_cpu() - cpu) / count;
    Ok(Throughput { rate: count / seconds, samples: samples(&times)?, generator })
}

/// The times of a series; it is an error when there are none.
pub fn samples(times: &[Duration]) -> Result<Samples> {
    Samples::of(times).ok_or_else(|| BenchError::unexpected("nothing was measured"))
}
