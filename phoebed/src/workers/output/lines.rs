//! Output as lines: some are logged, the last ones kept, the rest counted.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::{KEPT_LINES, OutputTail};

/// A longer line is cut in pieces, in bytes.
const MAX_LINE: usize = 4096;
/// Lines logged in each [`WINDOW`]; the rest is counted.
const LINES_PER_WINDOW: u32 = 50;
const WINDOW: Duration = Duration::from_secs(10);

/// The lines of one process.
#[derive(Debug)]
pub(super) struct Lines {
    /// Whose, in the log.
    who: String,
    tail: OutputTail,
    /// The beginning of a line that has no end yet.
    begun: Vec<u8>,
    window_start: Instant,
    logged: u32,
    dropped: u64,
}

impl Lines {
    pub(super) fn new(who: String, tail: OutputTail) -> Self {
        let window_start = Instant::now();
        Self { who, tail, begun: Vec::new(), window_start, logged: 0, dropped: 0 }
    }

    /// Takes in what was read. Of many lines at once only those that are logged or kept are
    /// looked at.
    pub(super) fn take(&mut self, bytes: &[u8], now: Instant) {
        if now.saturating_duration_since(self.window_start) >= WINDOW {
            self.tell_dropped(now);
        }
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            return self.begin(bytes);
        };
        let (whole, rest) = bytes.split_at(end + 1);
        let count = whole.iter().filter(|byte| **byte == b'\n').count();
        for (number, line) in whole.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if number > 0 && self.logged == LINES_PER_WINDOW && number + KEPT_LINES < count {
                self.dropped += 1;
            } else {
                self.begin(line);
                self.finish();
            }
        }
        self.begin(rest);
    }

    /// What was begun is a line now: nothing more comes.
    pub(super) fn end(&mut self) {
        self.finish();
        self.tell_dropped(Instant::now());
    }

    /// Resolves when lines that were not logged are to be told; never when there are none.
    pub(super) async fn due(&self) {
        match self.dropped {
            0 => std::future::pending().await,
            _ => sleep_until((self.window_start + WINDOW).into()).await,
        }
    }

    /// Says how many lines were not logged, and begins a new window.
    pub(super) fn tell_dropped(&mut self, now: Instant) {
        let (who, dropped) = (&self.who, std::mem::take(&mut self.dropped));
        if dropped > 0 {
            log::warn!(
                session = self.tail.session(), user = self.tail.user();
                "{who}: {dropped} lines of output dropped: more than {LINES_PER_WINDOW} in {} s",
                WINDOW.as_secs()
            );
        }
        (self.window_start, self.logged) = (now, 0);
    }

    fn begin(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        while self.begun.len() + bytes.len() > MAX_LINE {
            let (piece, rest) = bytes.split_at(MAX_LINE - self.begun.len());
            self.begun.extend_from_slice(piece);
            self.finish();
            bytes = rest;
        }
        self.begun.extend_from_slice(bytes);
    }

    fn finish(&mut self) {
        if self.begun.is_empty() {
            return;
        }
        // A process that writes nothing more keeps no memory here.
        let line = printable(&std::mem::take(&mut self.begun));
        if self.logged < LINES_PER_WINDOW {
            self.logged += 1;
            let (session, user) = (self.tail.session(), self.tail.user());
            log::info!(session, user; "{}: {line}", self.who);
        } else {
            self.dropped += 1;
        }
        self.tail.push(line);
    }
}

/// A worker's text is data: no control character of it reaches a terminal or forges a log line.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .trim_end()
        .chars()
        .map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> (Lines, OutputTail) {
        let tail = OutputTail::default();
        (Lines::new("a test".to_owned(), tail.clone()), tail)
    }

    #[test]
    fn control_characters_do_not_reach_the_log() {
        assert_eq!(printable(b"a\x1b[31mred\rb\tc\n"), "a\u{fffd}[31mred\u{fffd}b\tc");
        assert_eq!(printable(b"\xff\n"), "\u{fffd}");
    }

    #[test]
    fn lines_are_the_same_however_they_are_read() {
        let text = "first\n\nthird, somewhat longer\nand no end";
        for size in 1..=text.len() {
            let (mut lines, tail) = lines();
            text.as_bytes().chunks(size).for_each(|part| lines.take(part, Instant::now()));
            lines.end();
            let expected = ["first", "", "third, somewhat longer", "and no end"];
            assert_eq!(tail.lines(), expected, "in parts of {size}");
        }
    }

    #[test]
    fn a_line_without_end_is_cut_in_pieces() {
        let (mut lines, tail) = lines();
        (0..10).for_each(|_| lines.take(&[b'x'; MAX_LINE], Instant::now()));
        lines.end();
        assert_eq!(tail.lines(), vec!["x".repeat(MAX_LINE); 10]);
    }

    #[test]
    fn lines_beyond_the_limit_are_counted_and_the_last_ones_kept_all_the_same() {
        let (mut lines, tail) = lines();
        let text: String = (0..1000).map(|n| format!("line {n}\n")).collect();
        lines.take(text.as_bytes(), lines.window_start);
        assert_eq!((lines.logged, lines.dropped), (LINES_PER_WINDOW, 950));
        assert_eq!(tail.lines(), (980..1000).map(|n| format!("line {n}")).collect::<Vec<_>>());
        lines.take(b"later\n", lines.window_start + WINDOW);
        assert_eq!((lines.logged, lines.dropped), (1, 0), "told, and logged again");
    }
}
