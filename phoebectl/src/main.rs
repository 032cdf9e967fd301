//! The program: the process's surroundings; the rest is [`phoebectl::run`].

use std::process::ExitCode;

use clap::Parser;
use phoebectl::{Args, Surroundings};

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match (runtime, Surroundings::of_process()) {
        (Ok(runtime), Ok(surroundings)) => {
            ExitCode::from(runtime.block_on(phoebectl::run(args, surroundings)))
        }
        (Err(error), _) | (_, Err(error)) => fail(&error),
    }
}

#[allow(clippy::print_stderr, reason = "this is where errors of the program go")]
fn fail(error: &std::io::Error) -> ExitCode {
    eprintln!("error: phoebectl cannot start\ncaused by: {error}");
    ExitCode::FAILURE
}
