//! How many bytes of request bodies are in memory at once, of all requests together.
//!
//! ```text
//! a body:   first 64 KiB │ the rest
//! counts in:    small    │  large
//! ```
//! Small bodies have a part of their own, so that senders of large ones are in nobody else's way.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;

use super::error::ApiError;

/// The beginning of each body, which counts as small.
const SMALL: u64 = 64 * 1024;
/// The limit of each part, in largest bodies.
const LARGEST_BODIES: [u64; 2] = [1, 7];

/// The bytes held, small and large.
#[derive(Debug, Default)]
pub struct Held([watch::Sender<u64>; 2]);

/// What one body holds, given back when this is dropped.
#[derive(Debug)]
pub struct Share {
    held: Arc<Held>,
    parts: [u64; 2],
}

impl Share {
    /// Nothing yet.
    pub fn of(held: &Arc<Held>) -> Self {
        Self { held: held.clone(), parts: [0, 0] }
    }

    /// How much it is.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().sum()
    }

    /// Makes it so many bytes, where a body has at most `largest`. Waits so long for others to go.
    pub async fn grow(
        &mut self,
        bytes: u64,
        largest: u64,
        patience: Duration,
    ) -> Result<(), ApiError> {
        let small = bytes.min(SMALL);
        for (part, wanted) in [small, bytes - small].into_iter().enumerate() {
            let more = wanted.saturating_sub(self.parts[part]);
            let most = LARGEST_BODIES[part] * largest;
            let taken = timeout(patience, take(&self.held.0[part], more, most)).await;
            taken.map_err(|_elapsed| ApiError::BodiesFull { limit: most })?;
            self.parts[part] += more;
        }
        Ok(())
    }

    /// The bytes, which hold this share as long as any of them is there.
    pub fn attach(self, bytes: Bytes) -> Bytes {
        if bytes.is_empty() {
            return bytes;
        }
        Bytes::from_owner(Attached { bytes, _share: self })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        for (held, part) in self.held.0.iter().zip(self.parts) {
            if part > 0 {
                held.send_modify(|held| *held -= part);
            }
        }
    }
}

/// Waits for room and takes it. Cancel safe.
async fn take(held: &watch::Sender<u64>, more: u64, most: u64) {
    let mut changes = None;
    loop {
        let mut taken = false;
        held.send_if_modified(|held| {
            taken = more == 0 || *held + more <= most;
            if taken {
                *held += more;
            }
            // Nobody waits for more to be held.
            false
        });
        if taken {
            return;
        }
        match &mut changes {
            // One more look after this, at what may have become free in between.
            None => changes = Some(held.subscribe()),
            // The sender is borrowed, so it is there.
            Some(changes) => drop(changes.changed().await),
        }
    }
}

struct Attached {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Attached {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const NONE: Duration = Duration::ZERO;

    fn counts(held: &Held) -> [u64; 2] {
        [*held.0[0].borrow(), *held.0[1].borrow()]
    }

    #[tokio::test]
    async fn what_does_not_fit_is_refused_and_small_bodies_still_do() {
        let held = Arc::new(Held::default());
        let mut large = Vec::new();
        for _ in 0..7 {
            let mut share = Share::of(&held);
            share.grow(MIB, MIB, NONE).await.unwrap();
            large.push(share);
        }
        let mut next = Share::of(&held);
        // The beginnings of the seven count as small, so there is a little room.
        let refused = next.grow(MIB, MIB, NONE).await;
        assert!(matches!(refused, Err(ApiError::BodiesFull { .. })), "{refused:?}");
        let mut small = Share::of(&held);
        small.grow(SMALL, MIB, NONE).await.unwrap();
        drop((large, next, small));
        assert_eq!(counts(&held), [0, 0]);
    }

    #[tokio::test]
    async fn who_waits_gets_the_room_of_a_body_whose_last_byte_is_dropped() {
        let held = Arc::new(Held::default());
        let mut share = Share::of(&held);
        share.grow(7 * MIB, MIB, NONE).await.unwrap();
        let bytes = share.attach(Bytes::from_static(b"body"));
        let part = bytes.slice(1..2);
        let mut next = Share::of(&held);
        let waiting =
            tokio::spawn(
                async move { next.grow(2 * MIB, MIB, Duration::MAX).await.map(|()| next) },
            );
        tokio::task::yield_now().await;
        drop(bytes);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(part);
        let next = waiting.await.unwrap().unwrap();
        assert_eq!(counts(&held), [SMALL, 2 * MIB - SMALL]);
        drop(next);
        assert_eq!(counts(&held), [0, 0]);
    }
}
