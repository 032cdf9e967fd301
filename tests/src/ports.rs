//! Ports that no other test and no other program uses.

use std::fs::{self, File};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::ops::Range;

use nix::fcntl::{Flock, FlockArg};

/// All ranges lie below the ports that the kernel gives to clients (from 32768 on).
const FIRST: u16 = 20_000;
const WIDTH: u16 = 32;
const RANGES: u16 = 350;
/// Ports at the start of a range for the public API and whatever else a test listens on.
const LISTENERS: u16 = 4;

/// A range of ports, locked against other tests until it is dropped.
#[derive(Debug)]
pub struct PortRange {
    first: u16,
    _lock: Flock<File>,
}

impl PortRange {
    /// A range in which nobody listens.
    ///
    /// # Panics
    /// When there is none.
    pub fn take() -> Self {
        let directory = std::env::temp_dir().join("phoebed-test-ports");
        fs::create_dir_all(&directory).expect("the directory of the port locks");
        // Tests that start together begin their search at different places.
        let start = u16::try_from(std::process::id() % u32::from(RANGES)).expect("below RANGES");
        let numbers = (0..RANGES).map(|step| (start + step) % RANGES);
        numbers
            .filter_map(|number| {
                let file = File::create(directory.join(number.to_string())).ok()?;
                let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
                Some(Self { first: FIRST + number * WIDTH, _lock: lock })
            })
            .find(|range| (range.first..range.first + WIDTH).all(is_free))
            .expect("a free range of ports")
    }

    /// The port of the public API.
    pub fn api(&self) -> u16 {
        self.first
    }

    /// Another port that a test may listen on, one of three.
    pub fn spare(&self, number: u16) -> u16 {
        assert!(number + 1 < LISTENERS, "there are only {} spare ports", LISTENERS - 1);
        self.first + 1 + number
    }

    /// Ports for workers.
    pub fn pool(&self, size: u16) -> Range<u16> {
        let start = self.first + LISTENERS;
        assert!(size <= WIDTH - LISTENERS, "a range has {WIDTH} ports");
        start..start + size
    }

    /// All of them.
    pub fn all(&self) -> Range<u16> {
        self.first..self.first + WIDTH
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
        && TcpListener::bind((Ipv6Addr::LOCALHOST, port)).is_ok()
}
