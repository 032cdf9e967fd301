//! `phoebed`: gives each user of PHOEBE an isolated session on a shared machine.
//!
//! Dependencies point one way: `http → sessions → {workers, store}`.

mod args;
mod audit;
mod auth;
mod buckets;
mod daemon;
mod drain;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod init_db;
mod jobs;
mod limits;
mod lock;
pub mod logging;
mod origin;
mod sessions;
mod shares;
mod signals;
mod state;
mod store;
mod systemd;
mod workers;

pub use args::{Args, Command};
pub use daemon::{ConfigSource, RunError, Setup, check_files, listen, listen_on, run};
pub use http::admin::openapi as admin_openapi;
pub use http::openapi;
pub use init_db::{InitDbError, describe as describe_init_db, init_db};
pub use signals::{reload_signal, stop_signal};
pub use systemd::{Inherited, Notifier, SocketsError, Watchdog};
pub use workers::ZygoteCommand;
