//! Which ports of the pool are in use: a plain structure without clock or I/O, and the lease
//! that gives a port back when it is dropped.
//!
//! ```text
//!            reserve                  lease dropped
//!   free ───────────────▶ leased ───────────────────▶ free (to the end of the queue)
//!                           │ set_aside (another program holds it)
//!                           ▼
//!                        set aside ──recheck time over──▶ free
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long a port that another program held is left alone.
pub const RECHECK_AFTER: Duration = Duration::from_secs(30);

/// The state of all ports. `set_aside` maps a port to the time at which it is tried again.
#[derive(Debug)]
pub struct PortPool {
    range: Range<u16>,
    free: VecDeque<u16>,
    leased: BTreeSet<u16>,
    idle: BTreeSet<u16>,
    set_aside: BTreeMap<u16, Instant>,
}

/// What `GET /dash/port-status` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortCounts {
    /// All ports of the pool.
    pub total: usize,
    /// Ports held by sessions and starts, and ports that other programs hold.
    pub reserved: Vec<u16>,
    /// First and last port.
    pub first_last: (u16, u16),
}

impl PortPool {
    /// All ports of the range, which excludes its end, are free.
    pub fn new(range: Range<u16>) -> Self {
        Self {
            free: range.clone().collect(),
            range,
            leased: BTreeSet::new(),
            idle: BTreeSet::new(),
            set_aside: BTreeMap::new(),
        }
    }

    /// The port that has been free for longest.
    pub fn reserve(&mut self, now: Instant) -> Option<u16> {
        self.recheck(now);
        let port = self.free.pop_front()?;
        self.leased.insert(port);
        Some(port)
    }

    /// Whether [`PortPool::reserve`] would find one.
    pub fn has_free(&mut self, now: Instant) -> bool {
        self.recheck(now);
        !self.free.is_empty()
    }

    /// Gives a leased port back. A port that is not leased is left as it is.
    pub fn release(&mut self, port: u16) {
        self.idle.remove(&port);
        if self.leased.remove(&port) {
            self.free.push_back(port);
        }
    }

    /// A leased port turned out to be taken by another program.
    pub fn set_aside(&mut self, port: u16, now: Instant) {
        if self.leased.remove(&port) {
            self.idle.remove(&port);
            self.set_aside.insert(port, now + RECHECK_AFTER);
        }
    }

    /// Names the leased ports that wait for a session (spares), which count as available.
    pub fn mark_idle(&mut self, ports: impl IntoIterator<Item = u16>) {
        self.idle = ports.into_iter().filter(|port| self.leased.contains(port)).collect();
    }

    /// Total and reserved ports; available is the difference.
    pub fn counts(&mut self, now: Instant) -> PortCounts {
        self.recheck(now);
        let mut reserved: Vec<u16> = self.leased.difference(&self.idle).copied().collect();
        reserved.extend(self.set_aside.keys());
        reserved.sort_unstable();
        PortCounts {
            total: self.range.len(),
            reserved,
            first_last: (self.range.start, self.range.end.saturating_sub(1)),
        }
    }

    fn recheck(&mut self, now: Instant) {
        let free = &mut self.free;
        self.set_aside.retain(|port, until| {
            let keep = *until > now;
            if !keep {
                free.push_back(*port);
            }
            keep
        });
    }
}

/// The pool, shared by the leases; `freed` wakes whoever waits for a port.
#[derive(Debug, Clone)]
pub struct SharedPorts {
    pool: Arc<Mutex<PortPool>>,
    freed: Arc<Notify>,
}

impl SharedPorts {
    /// A pool over this range.
    pub fn new(range: Range<u16>) -> Self {
        Self { pool: Arc::new(Mutex::new(PortPool::new(range))), freed: Arc::default() }
    }

    /// The state, locked: never across an await.
    pub fn lock(&self) -> MutexGuard<'_, PortPool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A lease on a free port.
    pub fn lease(&self) -> Option<PortLease> {
        let port = self.lock().reserve(Instant::now())?;
        Some(PortLease { port, ports: self.clone() })
    }

    /// Resolves after a port was given back.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }
}

/// A port in use; dropping it gives the port back.
#[derive(Debug)]
pub struct PortLease {
    port: u16,
    ports: SharedPorts,
}

impl PortLease {
    /// The number.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes to another port because this one is taken by another program.
    /// `None`, and this port set aside, when no other is free.
    pub fn exchange(self) -> Option<Self> {
        let ports = self.ports.clone();
        ports.lock().set_aside(self.port, Instant::now());
        ports.lease()
    }
}

impl Drop for PortLease {
    fn drop(&mut self) {
        self.ports.lock().release(self.port);
        self.ports.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Reserve,
        Release(u16),
        SetAside(u16),
        MarkIdle(Vec<u16>),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Reserve),
            2 => (6558_u16..6572).prop_map(Step::Release),
            1 => (6558_u16..6572).prop_map(Step::SetAside),
            1 => prop::collection::vec(6558_u16..6572, 0..4).prop_map(Step::MarkIdle),
            1 => (0_u64..40).prop_map(Step::Wait),
        ]
    }

    proptest! {
        #[test]
        fn no_port_is_lost_or_given_twice(steps in prop::collection::vec(step(), 0..200)) {
            let mut now = Instant::now();
            let mut pool = PortPool::new(6560..6570);
            let mut ours = BTreeSet::new();
            for step in steps {
                match step {
                    Step::Reserve => if let Some(port) = pool.reserve(now) {
                        prop_assert!(ours.insert(port), "port {port} was given twice");
                        prop_assert!((6560..6570).contains(&port));
                    },
                    Step::Release(port) => { pool.release(port); ours.remove(&port); }
                    Step::SetAside(port) => { pool.set_aside(port, now); ours.remove(&port); }
                    Step::MarkIdle(ports) => pool.mark_idle(ports),
                    Step::Wait(seconds) => now += Duration::from_secs(seconds),
                }
                let everywhere = pool.free.len() + pool.leased.len() + pool.set_aside.len();
                prop_assert_eq!(everywhere, 10);
                prop_assert!(pool.idle.is_subset(&pool.leased));
                let counts = pool.counts(now);
                prop_assert!(counts.reserved.len() <= counts.total);
            }
        }
    }

    #[test]
    fn a_port_held_by_another_program_counts_as_reserved_until_it_is_tried_again() {
        let now = Instant::now();
        let mut pool = PortPool::new(6560..6562);
        let port = pool.reserve(now).unwrap();
        pool.set_aside(port, now);
        assert_eq!(pool.counts(now).reserved, [port]);
        assert_eq!(pool.counts(now + RECHECK_AFTER).reserved, [] as [u16; 0]);
    }

    #[test]
    fn a_dropped_lease_gives_the_port_back_and_an_exchanged_one_does_not() {
        let ports = SharedPorts::new(6560..6562);
        let (a, b) = (ports.lease().unwrap(), ports.lease().unwrap());
        assert!(ports.lease().is_none());
        drop(b);
        let c = a.exchange().unwrap();
        assert_eq!(c.port(), 6561);
        assert_eq!(ports.lock().counts(Instant::now()).reserved, [6560, 6561]);
    }
}
