//! Who else used the machine: figures from a busy one say little.

use std::fs;
use std::time::{Duration, Instant};

use crate::processes::tree;

/// How long the machine is looked at while nothing is measured.
const LOOK: Duration = Duration::from_millis(500);
/// More than this share of one core for others, and a figure may be theirs.
const TOLERABLE: f64 = 0.10;
/// What Linux counts in, on every architecture that matters.
const TICKS_PER_SECOND: f64 = 100.0;

/// What others used, in shares of one core.
#[derive(Debug, Clone)]
pub struct Disturbance {
    /// What was measured after and during it.
    pub topic: &'static str,
    /// All of the machine, just before, while this program waited and no daemon ran.
    pub before: f64,
    /// Other programs, and what the host took from a virtual machine, meanwhile.
    pub during: f64,
}

impl Disturbance {
    /// Whether the figures should not be relied on.
    pub fn is_noticeable(&self) -> bool {
        self.before > TOLERABLE || self.during > TOLERABLE
    }
}

/// Looks at the machine before and during one topic.
#[derive(Debug)]
pub struct Watch {
    before: f64,
    started: Instant,
    foreign: f64,
}

impl Watch {
    /// Looks, with nothing of this program running, then begins.
    pub async fn begin() -> Self {
        let (busy, started) = (busy_seconds(), Instant::now());
        tokio::time::sleep(LOOK).await;
        let before = (busy_seconds() - busy).max(0.0) / started.elapsed().as_secs_f64();
        Self { before, started: Instant::now(), foreign: foreign_seconds() }
    }

    /// What was seen.
    pub fn end(self, topic: &'static str) -> Disturbance {
        let seconds = self.started.elapsed().as_secs_f64();
        let during = (foreign_seconds() - self.foreign).max(0.0) / seconds;
        Disturbance { topic, before: self.before, during }
    }
}

/// The load averages of the last 1, 5 and 15 minutes.
pub fn load_average() -> [f64; 3] {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut numbers = text.split_ascii_whitespace().filter_map(|number| number.parse().ok());
    std::array::from_fn(|_| numbers.next().unwrap_or_default())
}

/// The line that warns, if there is reason to.
pub fn warning(load: [f64; 3], cores: usize, seen: &[Disturbance]) -> Option<String> {
    let noticed = seen.iter().filter(|disturbance| disturbance.is_noticeable());
    let mut causes: Vec<String> = noticed
        .map(|Disturbance { topic, before, during }| {
            format!("{topic} {:.0}/{:.0} %", before * 100.0, during * 100.0)
        })
        .collect();
    if !causes.is_empty() {
        causes = vec![format!("others used of one core (before/during): {}", causes.join(", "))];
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of cores")]
    if load[0] > cores as f64 / 2.0 {
        causes.push(format!("load average {:.2} at the start", load[0]));
    }
    let causes = (!causes.is_empty()).then(|| causes.join("; "));
    causes.map(|causes| format!("the machine was not quiet, which makes figures worse: {causes}"))
}

/// Processor seconds since boot, of all cores, in which something ran.
fn busy_seconds() -> f64 {
    let [user, nice, system, _, _, irq, softirq, steal] = stat_line();
    user + nice + system + irq + softirq + steal
}

/// `user nice system idle iowait irq softirq steal`, in seconds.
fn stat_line() -> [f64; 8] {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_ascii_whitespace().skip(1);
    let mut fields = fields.filter_map(|ticks| ticks.parse::<f64>().ok());
    std::array::from_fn(|_| fields.next().unwrap_or_default() / TICKS_PER_SECOND)
}

/// Processor seconds of all programs but this one and what it started, and stolen ones. Kernel
/// threads are left out: they work for whoever measures, too.
fn foreign_seconds() -> f64 {
    let own = tree(std::process::id().cast_signed());
    let listed = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = listed.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let others = pids.filter(|pid| !own.contains(pid)).filter_map(program_seconds).sum::<f64>();
    let [.., steal] = stat_line();
    others + steal
}

/// Of a program with the children that it has waited for; none for a kernel thread.
fn program_seconds(pid: i32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let is_kernel = pid == 2 || *fields.get(1)? == "2";
    let ticks = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<f64>().ok());
    (!is_kernel).then(|| ticks.sum::<f64>() / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_busy_machine_is_warned_of() {
        let of = |before, during| [Disturbance { topic: "ping", before, during }];
        assert_eq!(warning([0.9, 2.0, 2.0], 2, &of(0.02, 0.05)), None);
        let busy = warning([0.0; 3], 2, &of(0.5, 0.0)).unwrap();
        assert!(busy.contains("ping 50/0 %"), "{busy}");
        assert!(warning([0.0; 3], 2, &of(0.0, 0.2)).is_some());
        assert!(warning([1.5, 0.0, 0.0], 2, &of(0.0, 0.0)).unwrap().contains("load average 1.50"));
    }
}
