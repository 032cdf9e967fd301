//! What must hold for bytes from outside, whatever they are: one module for each fuzz target,
//! each with a `check` that panics when it does not hold.
//!
//! In `cargo test` each is given its corpus (`__fuzz__/<target>/corpus`), a second of random bytes
//! and inputs near the corpus; `make fuzz` has libFuzzer look for inputs that reach new code.

mod body;
mod config;
mod control;
mod frames;
mod json;
mod near_the_corpus;

use bolero::check;

#[test]
fn body() {
    check!().for_each(body::check);
}

#[test]
fn config() {
    check!().for_each(config::check);
}

#[test]
fn control() {
    check!().for_each(control::check);
}

#[test]
fn frames() {
    check!().for_each(frames::check);
}

/// Runs `future` on a runtime of this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    use tokio::runtime::{Builder, Runtime};
    thread_local! {
        static RUNTIME: Runtime =
            Builder::new_current_thread().enable_io().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
