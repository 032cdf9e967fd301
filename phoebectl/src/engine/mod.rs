//! `phoebectl engine`: the Python environment that has PHOEBE, in the state directory.
//!
//! ```text
//!   venv ─────────▶ engine/20261123T140210      in use: what the daemon runs
//!                   engine/20261002T081500      the one before, until the next upgrade
//!                   engine/20261123T151122      being built; becomes `venv` when it works
//! ```
//!
//! An environment is built beside the one in use, tried, and put in its place by renaming a link,
//! so that there is a working one at all times. No daemon is needed. Called by root, everything is
//! done as the owner of the state directory: nothing that comes from outside runs as root.

mod build;
mod builds;
mod error;
mod install;
mod owner;
mod place;
mod probe;
mod python;
mod requirements;
mod status;

use crate::args::Global;
use crate::console::Console;
use crate::error::CtlError;

pub use error::EngineError;

/// What to do with the engine.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make the Python environment with PHOEBE; needs the internet or a folder of wheels
    Install(install::Args),
    /// Show which engine is installed, and whether it works
    Status,
    /// Build the engine of this version beside the one in use, and change over once it works
    Upgrade(install::Args),
}

/// Does it.
pub async fn run(command: Command, global: &Global, console: &mut Console) -> Result<(), CtlError> {
    match command {
        Command::Install(args) => install::install(&args, global, console).await,
        Command::Status => status::run(global, console).await,
        Command::Upgrade(args) => install::upgrade(&args, global, console).await,
    }
}
