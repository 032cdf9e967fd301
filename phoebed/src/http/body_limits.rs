//! Reading a body within limits of size, of time, and of what all bodies may hold together.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::error::ApiError;
use super::held::Share;

/// A sender that is as fast as this is not cut off, however long its body takes (bytes a second).
const FAST_ENOUGH: u64 = 16 * 1024;

/// How long a body waits for room among all bodies.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(2);

/// Limits on a body.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// The most in bytes.
    pub size: u64,
    /// `server.max_body_mb` in bytes, from which the limit of all bodies is made.
    pub largest: u64,
    /// How long a sender may be slow.
    pub time: Duration,
}

impl BodyLimits {
    /// The same, but with a body of at most so many bytes.
    pub fn at_most(self, size: u64) -> Self {
        Self { size: size.min(self.size), ..self }
    }

    /// The whole body. Its bytes count as held until the last of them is dropped.
    pub async fn read(self, mut body: Body, mut share: Share) -> Result<Bytes, ApiError> {
        let declared = http_body::Body::size_hint(&body);
        if declared.lower() > self.size {
            return Err(self.too_large());
        }
        let most = declared.upper().unwrap_or(self.size);
        let mut collected = Collected::default();
        let mut patience = Patience::new(self.time, Instant::now());
        loop {
            let frame = timeout_at(patience.end, body.frame()).await;
            let data = match frame.map_err(|_elapsed| ApiError::BodyTimeout)? {
                None => break,
                Some(Err(_)) => return Err(ApiError::BodyBroken),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            patience.received(data.len(), Instant::now());
            let length = collected.len() + data.len() as u64;
            if length > self.size {
                return Err(self.too_large());
            }
            if length > share.bytes() {
                // Room grows by doubling, so that a body is moved a few times only.
                let room = if share.bytes() == 0 { length } else { (2 * length).min(most) };
                let room = room.max(length);
                let asked = Instant::now();
                share.grow(room, self.largest, WAIT_FOR_ROOM).await?;
                // The sender is not to blame for the wait.
                patience.end += asked.elapsed();
                collected.reserve(room);
            }
            collected.push(data);
        }
        Ok(share.attach(collected.into_bytes()))
    }

    fn too_large(&self) -> ApiError {
        if self.size < self.largest {
            ApiError::TooLargeHere { limit: self.size }
        } else {
            ApiError::TooLarge { limit: self.size }
        }
    }
}

/// Until when the next part of a body must have come: what is received buys time, but never more
/// than there was at the beginning. So neither a sender that stops nor one that trickles can hold
/// on to what it has sent.
struct Patience {
    end: Instant,
    time: Duration,
}

impl Patience {
    fn new(time: Duration, now: Instant) -> Self {
        Self { end: now + time, time }
    }

    fn received(&mut self, bytes: usize, now: Instant) {
        let bought = Duration::from_micros(bytes as u64 * 1_000_000 / FAST_ENOUGH);
        self.end = (self.end + bought).min(now + self.time);
    }
}

/// The parts of a body. Most are one frame, which is kept as it is.
#[derive(Default)]
struct Collected {
    first: Option<Bytes>,
    rest: Vec<u8>,
}

impl Collected {
    fn len(&self) -> u64 {
        (self.first.as_ref().map_or(0, Bytes::len) + self.rest.len()) as u64
    }

    /// Makes room for a body of this length, unless it is one frame up to now.
    fn reserve(&mut self, length: u64) {
        if self.len() == 0 {
            return;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.rest.reserve_exact(length.saturating_sub(self.rest.len()));
    }

    fn push(&mut self, data: Bytes) {
        if self.len() == 0 {
            self.first = Some(data);
            return;
        }
        if let Some(first) = self.first.take() {
            self.rest.extend_from_slice(&first);
        }
        self.rest.extend_from_slice(&data);
    }

    fn into_bytes(self) -> Bytes {
        self.first.unwrap_or_else(|| self.rest.into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::http::held::Held;

    const MIB: u64 = 1 << 20;

    fn limits(size: u64) -> BodyLimits {
        BodyLimits { size, largest: MIB, time: Duration::from_secs(30) }
    }

    async fn read(limits: BodyLimits, count: usize, length: usize) -> Result<Bytes, ApiError> {
        let part = move |_| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; length]));
        let body = Body::from_stream(futures_util::stream::iter((0..count).map(part)));
        limits.read(body, Share::of(&Arc::new(Held::default()))).await
    }

    #[tokio::test]
    async fn a_body_is_the_sum_of_its_parts_up_to_its_limit() {
        for (count, length) in [(0, 0), (1, 5), (2, 0), (7, 3), (16, 65_536)] {
            assert_eq!(read(limits(MIB), count, length).await.unwrap().len(), count * length);
        }
        let error = read(limits(MIB), 17, 65_536).await.unwrap_err();
        assert!(matches!(error, ApiError::TooLarge { limit: MIB }), "{error}");
        let error = read(limits(MIB).at_most(9), 2, 5).await.unwrap_err();
        assert!(matches!(error, ApiError::TooLargeHere { limit: 9 }), "{error}");
    }

    #[test]
    fn a_steady_sender_may_take_long_and_one_that_stops_may_not() {
        let second = Duration::from_secs(1);
        let (time, begin) = (30 * second, Instant::now());
        let mut steady = Patience::new(time, begin);
        let mut trickle = Patience::new(time, begin);
        for n in 1..=100 {
            assert!(steady.end > begin + n * second, "cut off after {n} s");
            steady.received(16 * 1024, begin + n * second);
            trickle.received(100, begin + n * second);
        }
        assert!(trickle.end < begin + 31 * second);
        // Much at first buys no more time than anybody has.
        let mut burst = Patience::new(time, begin);
        burst.received(1 << 30, begin);
        assert_eq!(burst.end, begin + time);
    }
}
