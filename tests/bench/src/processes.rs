//! Memory and processor time of processes, from `/proc`.

use std::fs;

use phoebed_tests::children;

use crate::error::{BenchError, Result};

/// A process and everything below it.
pub fn tree(root: i32) -> Vec<i32> {
    let mut pids = vec![root];
    let mut next = 0;
    while let Some(pid) = pids.get(next).copied() {
        pids.extend(children(pid).into_iter().map(|child| child.pid));
        next += 1;
    }
    pids
}

/// The sum of the proportional set sizes in MiB: a page shared within the tree counts once.
pub fn proportional_set_size(pids: &[i32]) -> Result<f64> {
    pids.iter().map(|pid| kib(&format!("/proc/{pid}/smaps_rollup"), "Pss:")).sum::<Result<f64>>()
}

/// What of a process is in memory, in MiB.
pub fn resident(pid: i32) -> Result<f64> {
    kib(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// A line `Name:   123 kB` of a file, in MiB.
fn kib(path: &str, name: &str) -> Result<f64> {
    let text = fs::read_to_string(path).map_err(|source| BenchError::io(path, source))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    let kib = kib.ok_or_else(|| BenchError::unexpected(format!("no {name} in {path}")))?;
    Ok(kib / 1024.0)
}

/// Processor seconds that all threads of these processes have used, to the nanosecond where the
/// kernel keeps count of that.
pub fn cpu(pids: &[i32]) -> f64 {
    let threads = |pid: &i32| {
        let listed = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        listed.map(|thread| thread.path().join("schedstat")).collect::<Vec<_>>()
    };
    let nanoseconds = pids.iter().flat_map(threads).filter_map(|file| {
        let text = fs::read_to_string(file).ok()?;
        text.split_ascii_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// Processor seconds that this program itself has used.
pub fn own_cpu() -> f64 {
    cpu(&[std::process::id().cast_signed()])
}
