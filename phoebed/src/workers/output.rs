//! What a Python process writes to its standard output and error: logged line by line under its
//! name, and the last lines kept, because they often say why it died.
//!
//! It is read at a bounded rate: a process that writes without end waits at its pipe for most of
//! the time, and costs the daemon little. What was written before a process ended is read at once.

mod lines;
mod pace;

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use nix::fcntl::OFlag;
use tokio::net::unix::pipe;
use tokio_util::sync::CancellationToken;

use lines::Lines;
use pace::Pace;

/// Lines kept for a later error message.
const KEPT_LINES: usize = 20;
/// Bytes read at once.
const CHUNK: usize = 16 << 10;

/// The last lines of one process, and whose they are; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct OutputTail(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<VecDeque<String>>,
    owner: OnceLock<Owner>,
    hurry: CancellationToken,
    ended: CancellationToken,
}

/// Whose lines they are.
#[derive(Debug)]
struct Owner {
    session: String,
    user: Option<String>,
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

    /// Resolves when everything was read that was ever written. Of an ended process: what is left
    /// of it is read without a pause from now on.
    pub async fn ended(&self) {
        self.0.hurry.cancel();
        self.0.ended.cancelled().await;
    }

    /// From now on its lines are logged under this session, and this user if it has one.
    pub fn belongs_to(&self, session: &str, user: Option<&str>) {
        let owner = Owner { session: session.to_owned(), user: user.map(str::to_owned) };
        let _ = self.0.owner.set(owner);
    }

    fn session(&self) -> Option<&str> {
        self.0.owner.get().map(|owner| owner.session.as_str())
    }

    fn user(&self) -> Option<&str> {
        self.0.owner.get()?.user.as_deref()
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
    let written = tail.clone();
    tokio::spawn(async move {
        read_all(reader, Lines::new(who, written.clone()), &written.0.hurry).await;
        written.0.ended.cancel();
    });
    Ok((write, tail))
}

/// Reads until nobody can write any more. A process that writes nothing takes no buffer.
async fn read_all(pipe: pipe::Receiver, mut lines: Lines, hurry: &CancellationToken) {
    let mut pace = Pace::new(Instant::now());
    loop {
        tokio::select! {
            readable = pipe.readable() => if readable.is_err() { break },
            () = lines.due() => {
                lines.tell_dropped(Instant::now());
                continue;
            }
        }
        let read = match take(&pipe, &mut lines) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => break,
        };
        if let Some(pause) = pace.pause_after(read, hurry.is_cancelled(), Instant::now()) {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = hurry.cancelled(), if !hurry.is_cancelled() => {}
            }
        }
    }
    lines.end();
}

/// Reads what is there, in a function of its own: the buffer is no part of a waiting task.
fn take(pipe: &pipe::Receiver, lines: &mut Lines) -> io::Result<usize> {
    let mut chunk = [0; CHUNK];
    let read = pipe.try_read(&mut chunk)?;
    lines.take(&chunk[..read], Instant::now());
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let tail = OutputTail::default();
        (0..100).for_each(|n| tail.push(n.to_string()));
        assert_eq!(tail.lines().first().map(String::as_str), Some("80"));
        assert_eq!(tail.as_suffix(), "; last lines written: 97 | 98 | 99");
    }

    /// As much as takes many pauses, and as a pipe holds several times.
    #[tokio::test]
    async fn the_last_words_of_a_flood_are_read() {
        let (write, tail) = capture("a test".to_owned()).unwrap();
        let flood = tokio::task::spawn_blocking(move || {
            let mut write = std::fs::File::from(write);
            for _ in 0..40 {
                write.write_all(&b"noise without end\n".repeat(500)).unwrap();
            }
            write.write_all(b"the last words").unwrap();
        });
        flood.await.unwrap();
        tail.ended().await;
        assert_eq!(tail.as_suffix().rsplit(" | ").next(), Some("the last words"));
    }
}
