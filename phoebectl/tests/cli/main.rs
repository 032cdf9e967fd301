//! phoebectl against a scripted daemon on a real Unix socket: what it prints, what it asks for,
//! and with which code it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod audit;
mod config;
mod ctl;
mod drain;
mod engine;
mod errors;
mod fake_daemon;
mod init_db;
mod ping;
mod ports;
mod process;
mod reload;
mod sessions;
mod shutdown;
mod snapshot;
mod status;
mod tokens;
mod users;
mod waitready;
