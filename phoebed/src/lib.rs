//! `phoebed`: gives each user of PHOEBE an isolated session on a shared machine.
//!
//! Dependencies point one way: `http → sessions → {workers, store}`.

mod args;
mod http;
mod limits;
mod lock;
pub mod logging;
mod run;
mod sessions;
mod signals;
mod store;
mod workers;

pub use args::Args;
pub use http::openapi;
pub use run::{RunError, listen, run, run_with};
pub use signals::stop_signal;
pub use workers::ZygoteCommand;
