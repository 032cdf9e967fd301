//! What must hold for bytes from outside, whatever they are: one module for each fuzz target,
//! each with a `check` that panics when it does not hold.
//!
//! `tests/targets.rs` feeds them: with the corpus and random bytes in `cargo test`, guided by
//! coverage in `make fuzz`.

pub mod body;
pub mod config;
pub mod control;
pub mod frames;
mod json;

/// Runs `future` on a runtime of this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    use tokio::runtime::{Builder, Runtime};
    thread_local! {
        static RUNTIME: Runtime =
            Builder::new_current_thread().enable_io().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
