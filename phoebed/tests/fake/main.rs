//! The daemon in this process, with a scripted fake in the place of PHOEBE: everything that zygote,
//! workers and clients can do wrong, over real processes, real sockets and real HTTP.
//!
//! ```text
//!  test ── HTTP (client) ──▶ phoebed::run_with (daemon) ──▶ zygote/__main__.py ──▶ fake workers
//!    └────── script.json, files to wait for ─────────────────────▲  │
//!    ◀────── trace of what happened (stage) ────────────────────────┘
//! ```
//!
//! Tests wait for conditions, never for time, and take the daemon down by [`daemon::Daemon::stop`],
//! which fails when a process or a file of it is left.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod client;
mod daemon;
mod eventually;
mod operator;
mod ports;
mod processes;
mod stage;

mod accounts;
mod answers;
mod births;
mod crashes;
mod ending;
mod floods;
mod forks;
mod garbage;
mod http_limits;
mod idle;
mod keeping;
mod leaving;
mod limits;
mod metadata;
mod queues;
mod shutdown;
mod spares;
mod taken_ports;
mod timeouts;
mod zygotes;
