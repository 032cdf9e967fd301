//! Processes and ports of the machine.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
pub use nix::sys::signal::Signal;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// A process that runs (one that ended and only was not waited for yet is none).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// The id of its parent.
    pub parent: i32,
    /// Its command line, separated by spaces.
    pub command: String,
    /// Its working directory.
    pub directory: PathBuf,
}

impl Process {
    /// The process with this id, if there is one that has not ended.
    pub fn read(pid: i32) -> Option<Self> {
        let proc = PathBuf::from(format!("/proc/{pid}"));
        let stat = fs::read_to_string(proc.join("stat")).ok()?;
        // The name stands in parentheses and may hold anything.
        let mut after_name = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        if matches!(after_name.next()?, "Z" | "X") {
            return None;
        }
        let parent = after_name.next()?.parse().ok()?;
        let command = fs::read(proc.join("cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ").trim_end().to_owned();
        let directory = fs::read_link(proc.join("cwd")).unwrap_or_default();
        Some(Self { pid, parent, command, directory })
    }

    /// Whether it has to do with that directory: works in it, or was given its name.
    fn concerns(&self, directory: &Path) -> bool {
        let name = directory.to_string_lossy();
        let environment = || fs::read(format!("/proc/{}/environ", self.pid)).unwrap_or_default();
        self.directory.starts_with(directory)
            || self.command.contains(&*name)
            || String::from_utf8_lossy(&environment()).contains(&*name)
    }

    /// The inode behind each of its descriptors, such as `socket:[4711]`.
    pub fn descriptors(&self) -> Vec<String> {
        let listed = fs::read_dir(format!("/proc/{}/fd", self.pid)).into_iter().flatten().flatten();
        let targets = listed.filter_map(|entry| fs::read_link(entry.path()).ok());
        targets.map(|target| target.to_string_lossy().into_owned()).collect()
    }

    /// The variables that it was started with.
    pub fn environment(&self) -> Vec<String> {
        let block = fs::read(format!("/proc/{}/environ", self.pid)).unwrap_or_default();
        let block = String::from_utf8_lossy(&block).into_owned();
        block.split('\0').filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.pid)).map_or(0, Iterator::count)
    }

    /// Whether a signal has stopped it.
    pub fn is_stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        Self::read(self.pid).is_some_and(|now| now.command == self.command)
    }
}

/// Every process that works in this directory or was given its name.
pub fn processes_of(directory: &Path) -> Vec<Process> {
    all().into_iter().filter(|process| process.concerns(directory)).collect()
}

/// The children of a process.
pub fn children(pid: i32) -> Vec<Process> {
    all().into_iter().filter(|process| process.parent == pid).collect()
}

fn all() -> Vec<Process> {
    let own = i32::try_from(std::process::id()).expect("a process id");
    let listed = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| *pid != own).filter_map(Process::read).collect()
}

/// Sends a signal. A process that is gone meanwhile is no error.
pub fn signal(pid: i32, signal: Signal) {
    match kill(Pid::from_raw(pid), signal) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(error) => panic!("cannot send {signal} to process {pid}: {error}"),
    }
}

/// Kills a process.
pub fn end(process: &Process) {
    signal(process.pid, Signal::SIGKILL);
}

/// Whether somebody holds this port of this machine.
pub fn is_in_use(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}
