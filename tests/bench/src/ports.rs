//! Free ports for a daemon, none of which tests take.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use crate::error::{BenchError, Result};

/// Below the ports of the tests (from 20000 on) and those that the kernel gives to clients.
const FIRST: u16 = 10_000;
const LAST: u16 = 20_000;

/// So many ports in a row on which nobody listens now. Benches that start together begin their
/// search at different places.
pub fn free_range(count: u16) -> Result<Range<u16>> {
    let places = (LAST - FIRST) / count;
    let start = std::process::id() % u32::from(places);
    let start = u16::try_from(start).unwrap_or_default();
    (0..places)
        .map(|step| FIRST + (start + step) % places * count)
        .map(|first| first..first + count)
        .find(|range| range.clone().all(is_free))
        .ok_or_else(|| BenchError::unexpected(format!("no {count} free ports in a row")))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_free_and_as_long_as_asked() {
        let range = free_range(40).unwrap();
        assert_eq!(range.len(), 40);
        assert!(range.start >= FIRST && range.end <= LAST);
    }
}
