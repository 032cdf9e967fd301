//! What a daemon takes of the machine, as the kernel tells of it.

use std::collections::BTreeSet;
use std::fs;

use phoebed_tests::{Daemon, Process, eventually};

/// Everything that sessions could leave behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footprint {
    /// The daemon's descriptors, but for connections of clients, which stay open for a while.
    pub descriptors: usize,
    /// The daemon's threads.
    pub threads: usize,
    /// Its children: zygote, spares, workers, and those that nobody has waited for.
    pub children: usize,
    /// Directories of workers.
    pub scratch: usize,
    /// Ports that are not available.
    pub reserved_ports: u64,
    /// Live sessions.
    pub sessions: usize,
    /// Memory of the daemon that no file backs, in KiB.
    pub daemon_kib: u64,
    /// Memory of the zygote that no file backs, in KiB.
    pub zygote_kib: u64,
}

/// The descriptor of a connection to the state database that moved its log: SQLite keeps it for the
/// next one as long as the writer has the file open.
const KEPT_BY_SQLITE: usize = 1;
/// Threads that the daemon may have whatever it does: those for blocking calls, of which each goes
/// when it was idle for long, the main one, the writer of the log database; and one a core.
const THREADS_AT_MOST: usize = 16 + 2;

impl Footprint {
    /// What there is at this moment.
    pub fn of(daemon: &Daemon) -> Self {
        let process = Process::read(daemon.pid()).expect("the daemon runs");
        let zygote = daemon.zygote().expect("a zygote");
        let connections = connections(daemon.address().port());
        let descriptors = process.descriptors();
        Self {
            descriptors: descriptors.iter().filter(|name| !connections.contains(*name)).count(),
            threads: process.threads(),
            children: children(process.pid),
            scratch: daemon.scratch_directories().len(),
            reserved_ports: daemon.port_counts().1,
            sessions: daemon.api().sessions().len(),
            daemon_kib: anonymous_kib(process.pid),
            zygote_kib: anonymous_kib(zygote.pid),
        }
    }

    /// Waits until no session is left and as many spares as wanted are there again.
    #[track_caller]
    pub fn without_sessions(daemon: &Daemon, spares: u64) -> Self {
        eventually("every spare is ready", || (daemon.ready_spares() == spares).then_some(()));
        let spares = usize::try_from(spares).expect("a few");
        eventually("nothing is left but zygote and spares", || {
            let now = Self::of(daemon);
            let left = (now.sessions, now.reserved_ports, now.children, now.scratch);
            (left == (0, 0, spares + 1, spares)).then_some(now)
        })
    }

    /// Waits until the daemon has no more descriptors than it had then, and checks its threads.
    #[track_caller]
    pub fn no_more_than(daemon: &Daemon, before: &Self) {
        eventually(&format!("as few descriptors as before, {}", before.descriptors), || {
            let most = before.descriptors + KEPT_BY_SQLITE;
            (Self::of(daemon).descriptors <= most).then_some(())
        });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = Self::of(daemon).threads;
        assert!(threads <= THREADS_AT_MOST + cores, "{threads} threads");
    }
}

/// The established connections to a port, as a descriptor is named.
fn connections(port: u16) -> BTreeSet<String> {
    let table = fs::read_to_string("/proc/net/tcp").expect("the table of connections");
    let own = format!(":{port:04X}");
    let socket = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        // Not a listener.
        let is_ours = fields.get(1)?.ends_with(&own) && *fields.get(3)? != "0A";
        is_ours.then(|| format!("socket:[{}]", fields[9]))
    };
    table.lines().skip(1).filter_map(socket).collect()
}

/// How many children a process has, zombies included.
fn children(pid: i32) -> usize {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.map(|list| list.split_ascii_whitespace().count()).sum()
}

/// Memory that no file backs, in KiB. What files back (code of libraries) is left out: a page of it
/// counts as the process's own for as long as no other program on the machine maps it too.
fn anonymous_kib(pid: i32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("its memory");
    let amount = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:"));
    let kib = amount.and_then(|amount| amount.split_ascii_whitespace().next()?.parse().ok());
    kib.expect("an amount of anonymous memory")
}
