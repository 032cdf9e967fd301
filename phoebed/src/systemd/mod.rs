//! What a service manager gives and is told: sockets that it holds, and how the daemon is.
//!
//! Without systemd (or whoever speaks its protocol) nothing here does anything.
//!
//! ```text
//!   LISTEN_FDS ──▶ sockets ──▶ public API, admin API
//!   NOTIFY_SOCKET ◀── notifier ◀── READY, RELOADING, STOPPING (daemon)
//!                        ▲  ▲───── STATUS   (daemon)
//!                        └──────── WATCHDOG (watchdog)
//! ```

mod notifier;
mod sockets;
mod watchdog;

pub use notifier::Notifier;
pub use sockets::{Inherited, SocketsError};
pub use watchdog::{Vital, Watchdog};
