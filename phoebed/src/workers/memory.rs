//! How much memory a worker takes: its proportional set size, so that pages shared with the
//! zygote and with other workers count once over all of them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::sandbox::FileUser;

/// Whoever asks for a younger measurement gets one as old as this: walking the page tables takes
/// milliseconds of a core, which a flood of requests must not have more often.
const YOUNG_ENOUGH: Duration = Duration::from_secs(1);

/// A measurement of a process, shared between those who ask and the one who measures.
#[derive(Debug, Clone)]
pub struct MemoryGauge {
    pid: i32,
    user: FileUser,
    last: Arc<Mutex<Option<(Instant, f64)>>>,
    /// Held by the one who measures.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryGauge {
    /// A gauge for this process of this user; nothing is measured yet.
    pub fn new(pid: i32, user: FileUser) -> Self {
        Self { pid, user, last: Arc::default(), turn: Arc::default() }
    }

    /// The last measurement in MiB, if one was made.
    pub fn last(&self) -> Option<f64> {
        self.lock().map(|(_, mib)| mib)
    }

    /// The proportional set size in MiB, at most `max_age` (or a second) old. Those who ask while
    /// it is measured get that measurement.
    pub async fn measure(&self, max_age: Duration) -> io::Result<f64> {
        let (pid, user) = (self.pid, self.user);
        let measure = move || {
            let _acting = user.act();
            proportional_set_size(pid)
        };
        self.measure_with(max_age, measure).await
    }

    async fn measure_with(
        &self,
        max_age: Duration,
        measure: impl FnOnce() -> io::Result<f64> + Send + 'static,
    ) -> io::Result<f64> {
        // What is measured while this waits for its turn is young, however long that takes.
        let asked = Instant::now();
        let max_age = max_age.max(YOUNG_ENOUGH);
        let young = || self.lock().filter(|(at, _)| *at >= asked || at.elapsed() <= max_age);
        if let Some((_, mib)) = young() {
            return Ok(mib);
        }
        let turn = self.turn.clone().lock_owned().await;
        if let Some((_, mib)) = young() {
            return Ok(mib);
        }
        let gauge = self.clone();
        let measured = tokio::task::spawn_blocking(move || {
            let mib = measure()?;
            *gauge.lock() = Some((Instant::now(), mib));
            // Here, so that the next one waits even when this one's caller has left.
            drop(turn);
            Ok(mib)
        });
        measured.await.map_err(io::Error::other)?
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
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn a_live_process_never_measures_zero() {
        let own = i32::try_from(std::process::id()).unwrap();
        let gauge = MemoryGauge::new(own, FileUser::default());
        assert_eq!(gauge.last(), None);
        let mib = gauge.measure(Duration::ZERO).await.unwrap();
        assert!(mib > 0.0);
        assert_eq!(gauge.last(), Some(mib));
        assert!(total_on_host().unwrap() > available_on_host().unwrap());
        assert!(resident().unwrap() > 0.0);
    }

    #[tokio::test]
    async fn a_young_measurement_serves_even_those_who_want_none_that_is_old() {
        let gauge = MemoryGauge::new(1, FileUser::default());
        let hour = Duration::from_secs(3600);
        // In the future, so that no standstill of the machine makes it old.
        *gauge.lock() = Some((Instant::now() + hour, 5.0));
        let never = || panic!("it was measured again");
        assert_eq!(gauge.measure_with(Duration::ZERO, never).await.unwrap(), 5.0);
        *gauge.lock() = Instant::now().checked_sub(YOUNG_ENOUGH * 2).map(|old| (old, 5.0));
        assert_eq!(gauge.measure_with(hour, never).await.unwrap(), 5.0);
        assert_eq!(gauge.measure_with(Duration::ZERO, || Ok(6.0)).await.unwrap(), 6.0);
    }

    #[tokio::test]
    async fn a_flood_of_requests_shares_one_measurement_even_if_its_caller_has_left() {
        let (gauge, measured) =
            (MemoryGauge::new(1, FileUser::default()), Arc::new(AtomicUsize::new(0)));
        let (begun, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (count, begin, wait) = (measured.clone(), begun.clone(), go.clone());
        let slow = move || {
            begin.wait();
            wait.wait();
            count.fetch_add(1, Ordering::SeqCst);
            Ok(100.0)
        };
        let leaves = gauge.clone();
        let leaves = tokio::spawn(async move { leaves.measure_with(Duration::ZERO, slow).await });
        tokio::task::spawn_blocking(move || begun.wait()).await.unwrap();
        leaves.abort();
        assert!(leaves.await.unwrap_err().is_cancelled());
        let mut flood = JoinSet::new();
        for _ in 0..50 {
            let (gauge, count) = (gauge.clone(), measured.clone());
            let again = move || {
                count.fetch_add(1, Ordering::SeqCst);
                Ok(1.0)
            };
            flood.spawn(async move { gauge.measure_with(Duration::ZERO, again).await.unwrap() });
        }
        // All of them have asked before it is done: there is one thread for them and this.
        tokio::task::yield_now().await;
        tokio::task::spawn_blocking(move || go.wait()).await.unwrap();
        assert_eq!(flood.join_all().await, [100.0; 50]);
        assert_eq!(measured.load(Ordering::SeqCst), 1);
    }
}
