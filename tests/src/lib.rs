//! What the end-to-end tests share: the daemon as a program of its own, a client for it, and eyes
//! on the processes and records that it leaves.
//!
//! The tests run the very binaries that are shipped (`PHOEBED_BIN`, `PHOEBECTL_BIN`) with the real
//! engine. A [`Daemon`] has a directory, ports and a process group of its own, so tests run at the
//! same time; its [`Daemon::stop`] fails when anything of it is left.

mod answer;
mod api;
mod authority;
mod browser;
mod cases;
mod daemon;
mod database;
mod eventually;
mod job;
mod passed;
mod places;
mod ports;
mod processes;
mod program;
mod raw;
mod reference;
mod session;
mod settings;

pub use answer::Answer;
pub use api::{Api, Request};
pub use authority::{Authority, Identity};
pub use browser::{Browser, Page};
pub use cases::Cases;
pub use daemon::Daemon;
pub use database::Database;
pub use eventually::eventually;
pub use job::{Job, add_curve, jobs_of};
pub use passed::PassedSockets;
pub use places::{binary, python, workspace};
pub use ports::PortRange;
pub use processes::{Process, Signal, children, end, is_in_use, processes_of, signal};
pub use program::{Finished, run_phoebed};
pub use raw::{RawConnection, exchange, parse_answer};
pub use reference::{Reference, System, same_bits};
pub use session::{Failure, InFlight, Session};
pub use settings::Settings;
