//! Programs that are started here, none of which outlives this one.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::error::{BenchError, Result};

/// A child in a process group of its own. Dropping it kills the group; the kernel kills the child
/// when this program ends in any other way.
#[derive(Debug)]
pub struct Program(Child);

impl Program {
    /// Starts it. Only the main thread may: the child dies with the thread that started it.
    pub fn start(command: &mut Command) -> Result<Self> {
        // SAFETY: prctl is safe between fork and exec.
        unsafe { command.pre_exec(|| Ok(set_pdeathsig(Signal::SIGKILL)?)) };
        let child = command.process_group(0).spawn();
        child.map(Self).map_err(|source| BenchError::io(format!("{command:?}"), source))
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.0.id().cast_signed()
    }

    /// The child, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// The status, if it has ended.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    /// Asks it to end and waits for that; none when it does not end in time and was killed.
    pub async fn terminate(mut self, within: Duration) -> Option<ExitStatus> {
        let asked = Instant::now();
        // Not waited for yet, so the id is still its own.
        let _ = kill(Pid::from_raw(self.pid()), Signal::SIGTERM);
        while asked.elapsed() < within {
            if let Some(status) = self.status() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.status().is_none() {
            let _ = killpg(Pid::from_raw(self.pid()), Signal::SIGKILL);
            let _ = self.0.wait();
        }
    }
}
