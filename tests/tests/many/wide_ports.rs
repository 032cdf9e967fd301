//! Port pools larger than the ranges of other tests.

use std::fs::{self, File};
use std::ops::Range;

use nix::fcntl::{Flock, FlockArg};
use phoebed_tests::{Settings, eventually, is_in_use};

/// Below the ports that other tests take, and above the defaults of phoebed.
const ALL: Range<u16> = 8900..12_000;
const WIDTH: u16 = 1000;

/// A range of ports, locked against other tests until it is dropped.
#[derive(Debug)]
pub struct WidePorts {
    first: u16,
    _lock: Flock<File>,
}

impl WidePorts {
    /// A range that nobody uses, once there is one: there are few.
    pub fn take() -> Self {
        eventually("a range of ports is free", Self::try_take)
    }

    fn try_take() -> Option<Self> {
        let directory = std::env::temp_dir().join("phoebed-test-ports");
        fs::create_dir_all(&directory).expect("the directory of the port locks");
        let firsts = ALL.step_by(WIDTH.into()).filter(|first| first + WIDTH <= ALL.end);
        let mut ranges = firsts.filter_map(|first| {
            let file = File::create(directory.join(format!("wide-{first}"))).ok()?;
            let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
            Some(Self { first, _lock: lock })
        });
        ranges.find(|range| range.in_use(WIDTH).is_empty())
    }

    /// Settings with a pool of the first of these ports.
    pub fn pool(&self, size: u16) -> Settings {
        assert!(size <= WIDTH, "a range has {WIDTH} ports");
        let settings = Settings::new().set("port_pool.start", self.first);
        settings.set("port_pool.end", self.first + size)
    }

    /// Which of the first ports somebody holds.
    pub fn in_use(&self, size: u16) -> Vec<u16> {
        (self.first..self.first + size).filter(|port| is_in_use(*port)).collect()
    }
}
