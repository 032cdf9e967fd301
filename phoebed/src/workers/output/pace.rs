//! How fast output is read: a plain structure without a clock of its own.

use std::time::{Duration, Instant};

/// Bytes read in each [`TURN`] before the pause: some 1.3 MB/s, whose lines take a hundredth of a
/// core.
const BYTES_A_TURN: usize = 64 << 10;
const TURN: Duration = Duration::from_millis(50);
/// Bytes read without a pause once the process has ended: all that a pipe can hold, unless root
/// made it larger. Others that hold the pipe open may go on writing.
const LAST_BYTES: usize = 1 << 20;

/// The turn that runs.
#[derive(Debug)]
pub(super) struct Pace {
    began: Instant,
    read: usize,
    last_read: usize,
}

impl Pace {
    /// The first turn begins.
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, read: 0, last_read: 0 }
    }

    /// So many bytes were read: how long not to read now, if at all. `hurry`: the process has
    /// ended.
    pub(super) fn pause_after(
        &mut self,
        bytes: usize,
        hurry: bool,
        now: Instant,
    ) -> Option<Duration> {
        if hurry && self.last_read < LAST_BYTES {
            self.last_read += bytes;
            return None;
        }
        let left = TURN.saturating_sub(now.saturating_duration_since(self.began));
        if left.is_zero() {
            (self.began, self.read) = (now, bytes);
            return None;
        }
        self.read += bytes;
        if self.read < BYTES_A_TURN {
            return None;
        }
        (self.began, self.read) = (now + left, 0);
        Some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: usize = 16 << 10;

    /// Reads so many bytes as fast as it may, from a process that writes without end; how long
    /// that takes when reading itself takes no time.
    fn time_for(pace: &mut Pace, bytes: usize, hurry: bool, start: Instant) -> Duration {
        let mut now = start;
        for _ in 0..bytes / CHUNK {
            now += pace.pause_after(CHUNK, hurry, now).unwrap_or_default();
        }
        now - start
    }

    #[test]
    fn a_flood_is_read_at_a_bounded_rate() {
        let start = Instant::now();
        let took = time_for(&mut Pace::new(start), 64 << 20, false, start);
        assert_eq!(took, TURN * (64 << 20) / BYTES_A_TURN as u32);
    }

    #[test]
    fn what_is_written_now_and_then_is_read_at_once() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for second in 0..100 {
            let now = start + Duration::from_secs(second);
            assert_eq!(time_for(&mut pace, BYTES_A_TURN - CHUNK, false, now), Duration::ZERO);
        }
    }

    #[test]
    fn the_last_words_are_not_held_up_and_a_flood_after_them_is() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let flood = time_for(&mut pace, BYTES_A_TURN * 5, false, start);
        let ended = start + flood;
        assert_eq!(time_for(&mut pace, LAST_BYTES, true, ended), Duration::ZERO);
        assert!(time_for(&mut pace, LAST_BYTES, true, ended) > TURN);
    }
}
