//! How much memory a worker takes: its proportional set size, so that pages shared with the
//! zygote and with other workers count once over all of them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A measurement of a process, shared between those who ask and the one who measures.
#[derive(Debug, Clone)]
pub struct MemoryGauge {
    pid: i32,
    last: Arc<Mutex<Option<(Instant, f64)>>>,
}

impl MemoryGauge {
    /// A gauge for this process; nothing is measured yet.
    pub fn new(pid: i32) -> Self {
        Self { pid, last: Arc::default() }
    }

    /// The last measurement in MiB, if one was made.
    pub fn last(&self) -> Option<f64> {
        self.lock().map(|(_, mib)| mib)
    }

    /// The proportional set size in MiB, at most `max_age` old. Walking the page tables takes
    /// milliseconds, so it is done on a blocking thread.
    pub async fn measure(&self, max_age: Duration) -> io::Result<f64> {
        if let Some((at, mib)) = *self.lock()
            && at.elapsed() <= max_age
        {
            return Ok(mib);
        }
        let pid = self.pid;
        let mib = tokio::task::spawn_blocking(move || proportional_set_size(pid))
            .await
            .map_err(io::Error::other)??;
        *self.lock() = Some((Instant::now(), mib));
        Ok(mib)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, f64)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Proportional set size of a process in MiB, from `/proc/<pid>/smaps_rollup` (kernel ≥ 4.14).
pub fn proportional_set_size(pid: i32) -> io::Result<f64> {
    mib_of(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// Memory that new programs can have without swapping, in MiB (`MemAvailable`).
pub fn available_on_host() -> io::Result<f64> {
    mib_of("/proc/meminfo", "MemAvailable:")
}

/// The machine's memory in MiB.
pub fn total_on_host() -> io::Result<f64> {
    mib_of("/proc/meminfo", "MemTotal:")
}

/// The resident set of this process in MiB.
pub fn resident() -> io::Result<f64> {
    mib_of("/proc/self/status", "VmRSS:")
}

/// The number behind `name`, which the kernel gives in kB.
fn mib_of(file: &str, name: &str) -> io::Result<f64> {
    let text = std::fs::read_to_string(file)?;
    let kib = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok());
    kib.map(|kib: f64| kib / 1024.0)
        .ok_or_else(|| io::Error::other(format!("there is no {name} in {file}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_live_process_never_measures_zero() {
        let own = i32::try_from(std::process::id()).unwrap();
        let gauge = MemoryGauge::new(own);
        assert_eq!(gauge.last(), None);
        let mib = gauge.measure(Duration::ZERO).await.unwrap();
        assert!(mib > 0.0);
        assert_eq!(gauge.last(), Some(mib));
        assert!(total_on_host().unwrap() > available_on_host().unwrap());
        assert!(resident().unwrap() > 0.0);
    }
}
