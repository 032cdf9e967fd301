//! The sections of the file, one module each, as checked domain types.
//!
//! Each section declares its keys once, in `keys`: name, what a reload does with it, the field
//! it fills and the kind of value it takes. Reading, listing and comparing all walk that
//! declaration, so a key cannot be known to one and not to the others.

mod admin;
mod auth;
mod database;
mod engine;
mod jobs;
mod logging;
mod port_pool;
mod resources;
mod sandbox;
mod server;
mod session;
mod shutdown;
mod state;
mod workers;

pub use admin::Admin;
pub use auth::{Auth, AuthMode, JwtAlgorithm, Registration};
pub use database::Database;
pub use engine::Engine;
pub use jobs::Jobs;
pub use logging::Logging;
pub use port_pool::PortPool;
pub use resources::Resources;
pub use sandbox::{Sandbox, SandboxMode};
pub(super) use server::TLS_KEYS;
pub use server::{Server, TlsFiles};
pub use session::{Durability, OnIdle, Session, WhileBusy};
pub use shutdown::Shutdown;
pub use state::State;
pub use workers::Workers;
