//! What a Python process writes to its standard output and error: logged line by line under its
//! name, and the last lines kept, because they often say why it died.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio_util::sync::CancellationToken;

/// Lines kept for a later error message.
const KEPT_LINES: usize = 20;
/// A longer line is cut, in bytes.
const MAX_LINE: u64 = 4096;
/// Lines logged in each [`WINDOW`]; the rest is counted.
const LINES_PER_WINDOW: u32 = 50;
const WINDOW: Duration = Duration::from_secs(10);

/// The last lines of one process, and whose they are; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct OutputTail(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<VecDeque<String>>,
    session: OnceLock<String>,
    ended: CancellationToken,
}

impl OutputTail {
    /// The kept lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// `; last lines written: … | …`, or nothing when it wrote nothing: the end of an error message.
    pub fn as_suffix(&self) -> String {
        let lines = self.lines();
        if lines.is_empty() {
            return String::new();
        }
        let from = lines.len().saturating_sub(3);
        format!("; last lines written: {}", lines[from..].join(" | "))
    }

    /// Resolves when everything was read that was ever written.
    pub async fn ended(&self) {
        self.0.ended.cancelled().await;
    }

    /// From now on its lines are logged under this session.
    pub fn belongs_to(&self, session: &str) {
        let _ = self.0.session.set(session.to_owned());
    }

    fn session(&self) -> Option<&str> {
        self.0.session.get().map(String::as_str)
    }

    fn push(&self, line: String) {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

/// Makes the pipe and starts reading it; returns the write end for the process.
/// `who` stands in the log, for instance `worker 7`.
pub fn capture(who: String) -> io::Result<(OwnedFd, OutputTail)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    super::readiness::set_nonblocking(&read)?;
    let reader = pipe::Receiver::from_owned_fd(read)?;
    let tail = OutputTail::default();
    let (lines, written) = (BufReader::with_capacity(1024, reader), tail.clone());
    tokio::spawn(async move {
        read_lines(who, lines, &written).await;
        written.0.ended.cancel();
    });
    Ok((write, tail))
}

async fn read_lines(who: String, mut reader: BufReader<pipe::Receiver>, tail: &OutputTail) {
    let mut window_start = Instant::now();
    let mut in_window = 0_u32;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match (&mut reader).take(MAX_LINE).read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let line = printable(&bytes);
        if window_start.elapsed() >= WINDOW {
            if in_window > LINES_PER_WINDOW {
                let unlogged = in_window - LINES_PER_WINDOW;
                log::warn!(
                    session = tail.session();
                    "{who}: {unlogged} more lines of output were not logged"
                );
            }
            window_start = Instant::now();
            in_window = 0;
        }
        in_window += 1;
        if in_window <= LINES_PER_WINDOW {
            log::info!(session = tail.session(); "{who}: {line}");
        }
        tail.push(line);
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

    #[test]
    fn control_characters_do_not_reach_the_log() {
        assert_eq!(printable(b"a\x1b[31mred\rb\tc\n"), "a\u{fffd}[31mred\u{fffd}b\tc");
        assert_eq!(printable(b"\xff\n"), "\u{fffd}");
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let tail = OutputTail::default();
        (0..100).for_each(|n| tail.push(n.to_string()));
        assert_eq!(tail.lines().first().map(String::as_str), Some("80"));
        assert_eq!(tail.as_suffix(), "; last lines written: 97 | 98 | 99");
    }
}
