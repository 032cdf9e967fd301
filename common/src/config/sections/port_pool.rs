//! `[port_pool]`: the TCP ports that sessions are known by, one each.

use std::ops::Range;

use crate::config::kinds::Whole;
use crate::config::visitor::{Visitor, live};

/// The TCP ports that sessions are known by, one each; never empty. The daemon holds them, nobody
/// listens on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortPool {
    /// The first port.
    pub start: u16,
    /// One past the last port.
    pub end: u16,
}

impl Default for PortPool {
    fn default() -> Self {
        Self { start: 6560, end: 6590 }
    }
}

impl PortPool {
    /// The ports as a range.
    pub const fn ports(&self) -> Range<u16> {
        self.start..self.end
    }

    /// How many ports there are.
    pub const fn size(&self) -> u16 {
        self.end.saturating_sub(self.start)
    }

    /// Whether `port` is one of the pool's.
    pub const fn contains(&self, port: u16) -> bool {
        self.start <= port && port < self.end
    }

    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(live("port_pool.start"), &mut self.start, Whole(1..=65534));
        v.key(live("port_pool.end"), &mut self.end, Whole(2..=65535));
    }
}
