//! Which ports of the pool are in use: a plain structure without clock or I/O, and the lease,
//! which holds the port and gives it back when it is dropped.
//!
//! A port is a session's number to the outside. Workers are talked to over socket pairs and listen
//! nowhere, so the daemon itself holds the port, bound but not listening: no other program can sit
//! at an address that clients show as a session's.
//!
//! ```text
//!            reserve                  lease dropped
//!   free ───────────────▶ leased ───────────────────▶ free (to the end of the queue)
//!                           │ set_aside (another program holds it)
//!                           ▼
//!                        set aside ──recheck time over──▶ free
//! ```
//!
//! When the range shrinks, leased ports outside of it stay leased and go away when they come free.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
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
    /// All ports of the pool, those that are about to leave it included.
    pub total: usize,
    /// Ports held by sessions and starts, and ports that other programs hold.
    pub reserved: Vec<u16>,
    /// First and last port.
    pub first_last: (u16, u16),
}

/// A port that is not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortInUse {
    /// The port.
    pub port: u16,
    /// What holds it.
    pub holder: PortHolder,
    /// Outside of the range: it goes away when it comes free.
    pub leaving: bool,
}

/// What holds a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortHolder {
    /// A worker of a session, or one that starts or ends.
    Worker,
    /// A worker that waits for a session.
    Spare,
    /// A program that is not ours.
    OtherProgram,
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

    /// Gives a leased port back. A port that is not leased is left as it is.
    pub fn release(&mut self, port: u16) {
        self.idle.remove(&port);
        if self.leased.remove(&port) && self.range.contains(&port) {
            self.free.push_back(port);
        }
    }

    /// From now on these are the pool's ports: new ones are free at once, leased ones outside of
    /// the range go away when they are given back.
    pub fn resize(&mut self, range: Range<u16>) {
        self.free.retain(|port| range.contains(port));
        self.set_aside.retain(|port, _| range.contains(port));
        let old = std::mem::replace(&mut self.range, range.clone());
        let is_new = |port: &u16| !old.contains(port) && !self.leased.contains(port);
        self.free.extend(range.filter(is_new));
    }

    /// Whether the port is one of the range.
    pub fn contains(&self, port: u16) -> bool {
        self.range.contains(&port)
    }

    /// A leased port turned out to be taken by another program.
    pub fn set_aside(&mut self, port: u16, now: Instant) {
        self.idle.remove(&port);
        if self.leased.remove(&port) && self.range.contains(&port) {
            self.set_aside.insert(port, now + RECHECK_AFTER);
        }
    }

    /// Names the leased ports that wait for a session (spares), which count as available.
    pub fn mark_idle(&mut self, ports: impl IntoIterator<Item = u16>) {
        self.idle = ports.into_iter().filter(|port| self.leased.contains(port)).collect();
    }

    /// Total and reserved ports; available is the difference.
    pub fn counts(&mut self, now: Instant) -> PortCounts {
        let in_use = self.in_use(now);
        let leaving = in_use.iter().filter(|port| port.leaving).count();
        let is_reserved = |port: &&PortInUse| port.holder != PortHolder::Spare || port.leaving;
        PortCounts {
            total: self.range.len() + leaving,
            reserved: in_use.iter().filter(is_reserved).map(|port| port.port).collect(),
            first_last: (self.range.start, self.range.end.saturating_sub(1)),
        }
    }

    /// Every port that is not free, in ascending order.
    pub fn in_use(&mut self, now: Instant) -> Vec<PortInUse> {
        self.recheck(now);
        let leased = self.leased.iter().map(|port| match self.idle.contains(port) {
            true => (*port, PortHolder::Spare),
            false => (*port, PortHolder::Worker),
        });
        let others = self.set_aside.keys().map(|port| (*port, PortHolder::OtherProgram));
        let mut in_use: Vec<PortInUse> = leased
            .chain(others)
            .map(|(port, holder)| PortInUse { port, holder, leaving: !self.range.contains(&port) })
            .collect();
        in_use.sort_unstable_by_key(|port| port.port);
        in_use
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

    /// A lease on a free port. A port that another program holds is set aside.
    pub fn lease(&self) -> Option<PortLease> {
        loop {
            let port = self.lock().reserve(Instant::now())?;
            let held = match hold(port) {
                Ok(held) => Some(held),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    log::warn!(
                        port = port;
                        "port {port} of the pool is taken by another program: set aside for {} s",
                        RECHECK_AFTER.as_secs()
                    );
                    self.lock().set_aside(port, Instant::now());
                    continue;
                }
                // The number can be given out all the same: nobody connects to it.
                Err(error) => {
                    log::warn!(port = port; "port {port} of the pool cannot be held: {error}");
                    None
                }
            };
            return Some(PortLease { port, held, ports: self.clone() });
        }
    }

    /// Resolves after a port was given back.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }
}

/// Binds the port so that no other program can.
fn hold(port: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    Ok(socket)
}

/// A port in use; dropping it gives the port back.
#[derive(Debug)]
pub struct PortLease {
    port: u16,
    held: Option<Socket>,
    ports: SharedPorts,
}

impl PortLease {
    /// The number.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for PortLease {
    fn drop(&mut self) {
        // Before the pool may give it to the next one.
        drop(self.held.take());
        self.ports.lock().release(self.port);
        self.ports.freed.notify_one();
    }
}

#[cfg(test)]
mod tests;
