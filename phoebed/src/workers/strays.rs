//! Processes that a worker left behind and that are in no group of ours any more. The daemon is
//! their subreaper, so the kernel makes them its children; this finds and ends them.
//!
//! A worker that was just forked is a child too before the zygote has told of it, so a child is
//! taken for a stray only when it is unknown at two looks in a row. Looks are further apart than
//! a fork may take.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use super::process;

/// Remembers what was unknown at the last look.
#[derive(Debug, Default)]
pub struct Strays {
    suspects: BTreeSet<i32>,
    looked: Option<Instant>,
}

/// Looks closer together than this are one.
const APART: Duration = Duration::from_secs(5);
/// How often, and how many times, is looked at the end.
const LAST_LOOK_EVERY: Duration = Duration::from_millis(5);
const LAST_LOOKS: u32 = 200;

impl Strays {
    /// Ends and reaps every child that nobody looks after. For the daemon's end, when no worker is
    /// on its way any more.
    pub async fn end_all() {
        for _ in 0..LAST_LOOKS {
            let left: Vec<i32> = children().difference(&process::tracked()).copied().collect();
            if left.is_empty() {
                return;
            }
            left.into_iter().for_each(end);
            tokio::time::sleep(LAST_LOOK_EVERY).await;
        }
    }

    /// Looks at the daemon's children, and ends and reaps those that nobody looks after.
    pub fn sweep(&mut self) {
        let now = Instant::now();
        // After a standstill of the machine, looks that are overdue come at once.
        if self.looked.is_some_and(|looked| now < looked + APART) {
            return;
        }
        self.looked = Some(now);
        self.judge(&children(), &process::tracked()).into_iter().for_each(end);
    }

    /// Which of the children are strays now.
    fn judge(&mut self, children: &BTreeSet<i32>, tracked: &BTreeSet<i32>) -> Vec<i32> {
        let unknown: BTreeSet<i32> = children.difference(tracked).copied().collect();
        let strays = unknown.intersection(&self.suspects).copied().collect();
        self.suspects = unknown;
        strays
    }
}

/// Kills a stray and waits for it; one that is not dead at once is found again at the next look.
fn end(pid: i32) {
    let stray = Pid::from_raw(pid);
    let _ = kill(stray, Signal::SIGKILL);
    if waitpid(stray, Some(WaitPidFlag::WNOHANG)).is_ok_and(|status| status.pid().is_some()) {
        log::warn!("ended process {pid}, which a worker had left behind");
    }
}

/// The children of all threads of this process; none where the kernel does not list them.
fn children() -> BTreeSet<i32> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return BTreeSet::new() };
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists.flat_map(|list| pids(&list)).collect()
}

fn pids(list: &str) -> Vec<i32> {
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_a_stray_only_when_it_is_unknown_twice() {
        let set = |pids: &[i32]| pids.iter().copied().collect::<BTreeSet<i32>>();
        let mut strays = Strays::default();
        assert!(strays.judge(&set(&[1, 2, 3]), &set(&[1])).is_empty());
        // 2 was a worker that the zygote had not told of yet.
        assert_eq!(strays.judge(&set(&[1, 2, 3, 4]), &set(&[1, 2])), [3]);
        assert_eq!(strays.judge(&set(&[1, 2, 4]), &set(&[1, 2])), [4]);
    }

    #[test]
    fn the_kernel_lists_a_child() {
        let mut child = std::process::Command::new("/bin/sleep").arg("1000").spawn().unwrap();
        assert!(children().contains(&i32::try_from(child.id()).unwrap()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
