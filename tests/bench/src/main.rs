//! `make bench`: what the daemon's speed and memory are, each figure beside its raw limit.
//!
//! A real release `phoebed` with a directory and ports of its own is measured over HTTP on
//! loopback, and in the same run, on the same machine, what no daemon could undercut: a bare HTTP
//! server, a bare ZeroMQ round trip to Python, a bare fork of a Python process that has PHOEBE
//! imported, PHOEBE itself. Each topic has a fresh daemon and is measured alone, by one thread.
//!
//! ```text
//! topics/   what is measured         load, client   the load generator
//! limits/   what it is held against  quiet          who else used the machine
//! report/   table and JSON           daemon, tls    a phoebed, stopped by its process id
//! ```

mod args;
mod bench;
mod client;
mod daemon;
mod error;
mod figure;
mod limits;
mod load;
mod ports;
mod processes;
mod program;
mod quiet;
mod report;
mod samples;
mod tls;
mod topics;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use args::Args;
use error::BenchError;

/// A run ends soon after: what is not measured by then is reported as failed.
const LIMIT: Duration = Duration::from_secs(900);
const INTERRUPTED: u8 = 130;

#[allow(clippy::print_stderr, reason = "this is where errors of the program go")]
fn main() -> ExitCode {
    let args = Args::parse();
    // One thread generates the load: it shares the cores with what it measures, so it must not
    // spread. The programs it starts die with this thread, the main one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(|source| BenchError::io("a runtime", source)).and_then(|runtime| {
        runtime.block_on(async {
            tokio::select! {
                done = bench::run(&args, LIMIT) => done.map(Some),
                () = interrupted() => Ok(None),
            }
        })
    });
    match done {
        Ok(Some(true)) => ExitCode::SUCCESS,
        Ok(Some(false)) => ExitCode::FAILURE,
        Ok(None) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Resolves at SIGINT or SIGTERM. The daemon is then dropped, and so killed, in an orderly way.
async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Tells on standard error what goes on.
#[allow(clippy::print_stderr, reason = "progress, beside the data on standard output")]
fn progress(what: &str) {
    eprintln!("bench: {what}");
}
