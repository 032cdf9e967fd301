//! A child process of the daemon that leads its own process group: seen through a pidfd,
//! signalled as a group, waited for once.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Why a process is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitCause {
    /// It ended by itself with this status.
    Exited(i32),
    /// A signal ended it; `oom` when the kernel's out-of-memory killer ran at that time.
    Signalled {
        /// The signal's name or number.
        signal: String,
        /// The machine ran out of memory meanwhile.
        oom: bool,
    },
    /// The daemon ended it because it took too much of something.
    OverLimit(String),
    /// It cannot be told, for this reason.
    Unknown(String),
}

impl fmt::Display for ExitCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "exited with status {status}"),
            Self::Signalled { signal, oom: false } => write!(f, "killed by {signal}"),
            Self::Signalled { signal, oom: true } => {
                write!(f, "killed by {signal}, the kernel was out of memory")
            }
            Self::OverLimit(why) => write!(f, "ended by phoebed: {why}"),
            Self::Unknown(why) => write!(f, "ended in an unknown way ({why})"),
        }
    }
}

/// A child, from its start until it was waited for.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    pidfd: AsyncFd<OwnedFd>,
}

/// How often, and how many times, the rest of a killed group is looked for.
const GROUP_POLL: Duration = Duration::from_millis(2);
const GROUP_PATIENCE: u32 = 1000;

/// The processes that a [`Process`] looks after.
static TRACKED: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Whether a child has ended, be it waited for or not.
pub fn has_ended(pid: i32) -> bool {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    !matches!(waitid(Id::Pid(Pid::from_raw(pid)), look), Ok(WaitStatus::StillAlive))
}

/// The ids of the processes that somebody looks after.
pub fn tracked() -> BTreeSet<i32> {
    lock_tracked().clone()
}

fn lock_tracked() -> MutexGuard<'static, BTreeSet<i32>> {
    TRACKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The kernel's count of out-of-memory kills when it was last noted.
static OOM_KILLS_NOTED: AtomicU64 = AtomicU64::new(u64::MAX);

/// Notes the kernel's count of out-of-memory kills. To be called every few seconds: a process
/// that SIGKILL ends after the count has risen since is taken for such a kill.
pub fn note_oom_kills() {
    if let Some(kills) = oom_kills() {
        OOM_KILLS_NOTED.store(kills, Ordering::Relaxed);
    }
}

impl Process {
    /// Takes charge of a child that was not waited for yet (so its id cannot be anybody else's).
    pub fn adopt(pid: i32) -> io::Result<Self> {
        // SAFETY: pidfd_open takes two integers and returns a new descriptor or -1.
        let raw = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        let raw = i32::try_from(Errno::result(raw)?).map_err(io::Error::other)?;
        // SAFETY: the kernel just returned this descriptor, nothing else owns it.
        let pidfd = unsafe { OwnedFd::from_raw_fd(raw) };
        let pidfd = super::readiness::watch(pidfd, Interest::READABLE)?;
        lock_tracked().insert(pid);
        Ok(Self { pid: Pid::from_raw(pid), pidfd })
    }

    /// The process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Waits until it ended (it stays a zombie until [`Process::reap`]). Cancel safe.
    pub async fn exited(&self) {
        // An error of the readiness call means that the runtime is shutting down.
        let _ = self.pidfd.readable().await;
    }

    /// Sends a signal to its whole process group, and to itself before it has one.
    pub fn signal_group(&self, signal: Signal) {
        if killpg(self.pid, signal) == Err(Errno::ESRCH) {
            // SAFETY: pidfd_send_signal on our own descriptor, with no extra information.
            unsafe {
                libc::syscall(
                    libc::SYS_pidfd_send_signal,
                    self.pidfd.get_ref().as_raw_fd(),
                    signal as i32,
                    0,
                    0,
                );
            }
        }
    }

    /// Kills what is left of its group and waits for the ended leader, and for those of its group
    /// that became the daemon's children. The sweep comes first: as long as the leader is a
    /// zombie, its id (and so the group's) cannot be given to another.
    pub async fn reap(self) -> ExitCause {
        let _ = killpg(self.pid, Signal::SIGKILL);
        let cause = self.wait();
        lock_tracked().remove(&self.pid.as_raw());
        self.reap_group().await;
        cause
    }

    async fn reap_group(&self) {
        for _ in 0..GROUP_PATIENCE {
            match waitid(Id::PGid(self.pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG) {
                Ok(WaitStatus::StillAlive) => tokio::time::sleep(GROUP_POLL).await,
                Ok(_reaped) => {}
                Err(_no_child) => return,
            }
        }
        log::warn!("process group {} has members that do not end", self.pid);
    }

    fn wait(&self) -> ExitCause {
        match waitid(Id::PIDFd(self.pidfd.get_ref().as_fd()), WaitPidFlag::WEXITED) {
            Ok(WaitStatus::Exited(_, status)) => ExitCause::Exited(status),
            Ok(WaitStatus::Signaled(_, signal, _)) => ExitCause::Signalled {
                signal: format!("signal {} ({signal})", signal as i32),
                oom: signal == Signal::SIGKILL
                    && oom_kills().is_some_and(|now| now > OOM_KILLS_NOTED.load(Ordering::Relaxed)),
            },
            Ok(other) => ExitCause::Unknown(format!("{other:?}")),
            Err(error) => ExitCause::Unknown(error.to_string()),
        }
    }
}

/// How many processes the kernel's out-of-memory killer ended since boot (`/proc/vmstat`).
fn oom_kills() -> Option<u64> {
    let vmstat = std::fs::read_to_string("/proc/vmstat").ok()?;
    vmstat.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    fn shell(script: &str) -> Process {
        #[allow(clippy::zombie_processes, reason = "Process waits for it")]
        let child = Command::new("/bin/sh").args(["-c", script]).process_group(0).spawn().unwrap();
        Process::adopt(i32::try_from(child.id()).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn the_exit_status_is_reported() {
        let process = shell("exit 7");
        process.exited().await;
        assert_eq!(process.reap().await, ExitCause::Exited(7));
    }

    #[tokio::test]
    async fn a_killing_signal_is_named_and_the_group_goes_too() {
        let process = shell("sleep 1000 & echo $! >&2; wait");
        process.signal_group(Signal::SIGKILL);
        process.exited().await;
        assert_eq!(process.reap().await.to_string(), "killed by signal 9 (SIGKILL)");
    }
}
