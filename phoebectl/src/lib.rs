//! The operator's tool for phoebed: asks the daemon over its admin socket and says what it
//! answered.
//!
//! ```text
//!  main ─▶ run ─▶ one module per resource or verb ─▶ Client ─ HTTP over the Unix socket ─▶ phoebed
//!                        │
//!                        └─▶ Console: tables and sentences for people, JSON for programs
//! ```
//!
//! It depends on `phoebed-common` alone. The one thing that is done without a daemon and needs
//! the daemon's code is `init-db`, for which it runs the `phoebed` program. `engine` needs no
//! daemon: it makes what the daemon runs.

mod args;
mod audit;
mod client;
mod completions;
mod config;
mod confirm;
mod console;
mod drain;
mod duration;
mod echo;
mod engine;
mod error;
mod fields;
pub mod generate;
mod init_db;
mod jobs;
mod man;
mod password;
mod permission;
mod ping;
mod ports;
mod reload;
mod sessions;
mod shutdown;
mod status;
mod style;
mod surroundings;
mod table;
mod text;
mod tokens;
mod users;
mod waitready;

pub use args::Args;
pub use surroundings::{Stream, Surroundings};

use args::Command;
use client::Client;
use console::Console;
use error::CtlError;
use phoebed_common::config::socket_candidates;

/// Carries out what the command line asks; answers the exit code: 0 done, 1 refused or failed,
/// 2 wrong usage or configuration, 3 no daemon runs.
pub async fn run(args: Args, surroundings: Surroundings) -> u8 {
    let (socket, config) = (args.global.socket.clone(), args.global.config.clone());
    let candidates = socket_candidates(socket, config, &surroundings.environment);
    let mut client = Client::new(candidates, args.global.timeout);
    let mut console = Console::new(surroundings, &args.global);
    let outcome = obey(args, &mut client, &mut console).await;
    if let Some(version) = client.other_version() {
        console.note(&format!(
            "warning: phoebed is version {version} and phoebectl {}: use the same version of both",
            env!("CARGO_PKG_VERSION")
        ));
    }
    match outcome.and_then(|()| console.flush()) {
        Ok(()) => 0,
        Err(error) => {
            console.error(&error);
            error.exit_code()
        }
    }
}

async fn obey(args: Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let global = args.global;
    match args.command {
        Command::Status => status::run(client, console).await,
        Command::Sessions { command } => sessions::run(command, client, console).await,
        Command::Engine { command } => engine::run(command, &global, console).await,
        Command::Jobs { command } => jobs::run(command, client, console).await,
        Command::Ports => ports::run(client, console).await,
        Command::Config { command } => config::run(command, &global, client, console).await,
        Command::Users { command } => users::run(command, client, console).await,
        Command::Tokens { command } => tokens::run(command, client, console).await,
        Command::Audit(args) => audit::run(args, client, console).await,
        Command::Reload => reload::run(client, console).await,
        Command::Drain(args) => drain::run(&args, &global, client, console).await,
        Command::Undrain => drain::end(client, console).await,
        Command::InitDb(args) => init_db::run(&args, &global, client, console).await,
        Command::Ping => ping::run(client, console).await,
        Command::Waitready => waitready::run(&global, client, console).await,
        Command::Shutdown => shutdown::run(&global, client, console).await,
        Command::Completions(args) => completions::run(&args, console),
        Command::Man(args) => man::run(&args, console),
    }
}
