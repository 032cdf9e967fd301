//! What is killed.

use phoebed_tests::{Daemon, Process, Signal, children, signal};

/// A process, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A worker of a session, or a spare.
    Worker,
    /// What a worker computes in, or else a worker.
    ComputeChild,
    Zygote,
    Daemon,
    /// All of them, as the end of the machine does.
    Everything,
}

impl Target {
    /// Workers more often than what takes seconds to be back.
    pub fn any(random: &mut fastrand::Rng) -> Self {
        match random.u8(0..10) {
            0..=4 => Self::Worker,
            5 | 6 => Self::ComputeChild,
            7 => Self::Zygote,
            8 => Self::Daemon,
            _ => Self::Everything,
        }
    }

    /// Kills it. A daemon that is killed leaves no process, and is started again.
    pub fn kill(self, daemon: &mut Daemon, random: &mut fastrand::Rng) {
        match self {
            Self::Worker => kill_one(&workers(daemon), random),
            Self::ComputeChild => {
                let workers = workers(daemon);
                let computing: Vec<Process> =
                    workers.iter().flat_map(|worker| children(worker.pid)).collect();
                kill_one(if computing.is_empty() { &workers } else { &computing }, random);
            }
            Self::Zygote => {
                if let Some(zygote) = daemon.zygote() {
                    signal(zygote.pid, Signal::SIGKILL);
                }
            }
            Self::Daemon => {
                daemon.kill();
                daemon.start_again();
            }
            Self::Everything => {
                for process in children(daemon.pid()) {
                    signal(process.pid, Signal::SIGKILL);
                }
                daemon.kill();
                daemon.start_again();
            }
        }
    }
}

fn kill_one(processes: &[Process], random: &mut fastrand::Rng) {
    if let Some(process) = random.choice(processes) {
        signal(process.pid, Signal::SIGKILL);
    }
}

fn workers(daemon: &Daemon) -> Vec<Process> {
    let zygote = daemon.zygote().map(|zygote| zygote.pid);
    let mut workers = children(daemon.pid());
    workers.retain(|process| Some(process.pid) != zygote && daemon.has_moved_in(process));
    workers
}
