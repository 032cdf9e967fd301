//! Ports for workers that no other test uses, in whatever process it runs.

use std::net::TcpListener;
use std::ops::Range;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Below the ports that the kernel hands out by itself.
const ALL: Range<u16> = 12_000..32_000;
/// Ports of one block.
pub const BLOCK: u16 = 40;

/// A block of ports. The name of an abstract socket marks it as taken, also for other processes,
/// and goes with this value or with the process.
#[derive(Debug)]
pub struct PortBlock {
    pub first: u16,
    _mark: UnixListener,
}

impl PortBlock {
    /// A block whose ports are all free.
    pub fn take() -> Self {
        ALL.step_by(usize::from(BLOCK)).find_map(Self::try_take).expect("a free block of ports")
    }

    fn try_take(first: u16) -> Option<Self> {
        let name = SocketAddr::from_abstract_name(format!("phoebed-test-ports-{first}")).unwrap();
        let mark = UnixListener::bind_addr(&name).ok()?;
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        (first..first + BLOCK).all(free).then_some(Self { first, _mark: mark })
    }
}
