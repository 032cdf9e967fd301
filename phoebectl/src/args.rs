//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::duration::parse_duration;
use crate::{
    audit, completions, config, drain, engine, init_db, jobs, man, sessions, tokens, users,
};

/// Looks after phoebed, the daemon that serves PHOEBE sessions
#[derive(Debug, Parser)]
#[command(name = "phoebectl", version, after_help = AFTER_HELP)]
pub struct Args {
    /// What goes for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
The daemon's socket is looked for in --socket, $PHOEBED_SOCKET, the configuration's [admin]
socket, /run/phoebed/admin.sock, $XDG_RUNTIME_DIR/phoebed/admin.sock and the state directory.
Exit status: 0 done, 1 refused or failed, 2 wrong usage or configuration, 3 no daemon runs.";

/// What goes for every command.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// The daemon's admin socket
    #[arg(long, global = true, value_name = "PATH", help_heading = "Global options")]
    pub socket: Option<PathBuf>,
    /// The daemon's configuration file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,
    /// Print the answer as JSON, for programs
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// When to use colours; auto is on a terminal, unless NO_COLOR is set
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Global options"
    )]
    pub color: Color,
    /// How long to wait for an answer, such as 500ms, 30s or 2m
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        default_value = "30s",
        value_parser = parse_duration,
        help_heading = "Global options"
    )]
    pub timeout: Duration,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[allow(missing_docs, reason = "would stand in the help, which says it in one line")]
    Auto,
    #[allow(missing_docs, reason = "as above")]
    Always,
    #[allow(missing_docs, reason = "as above")]
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show how the daemon is
    Status,
    /// List, show and end sessions
    Sessions {
        /// Which.
        #[command(subcommand)]
        command: sessions::Command,
    },
    /// List, show, cancel and watch jobs: long commands and what came of them
    Jobs {
        /// Which.
        #[command(subcommand)]
        command: jobs::Command,
    },
    /// Make, list, change and remove users, in auth mode jwt
    Users {
        /// Which.
        #[command(subcommand)]
        command: users::Command,
    },
    /// Issue, list and revoke tokens for scripts
    Tokens {
        /// Which.
        #[command(subcommand)]
        command: tokens::Command,
    },
    /// Show who did what: logins, sessions, changes of users
    Audit(audit::Args),
    /// Show the port pool and who holds its ports
    Ports,
    /// Show, check and print configurations
    Config {
        /// Which.
        #[command(subcommand)]
        command: config::Command,
    },
    /// Install, show and upgrade the engine: the Python environment with PHOEBE
    Engine {
        /// Which.
        #[command(subcommand)]
        command: engine::Command,
    },
    /// Have the daemon read its configuration file again
    Reload,
    /// Take no new sessions; what runs goes on, and existing sessions are served
    Drain(drain::Args),
    /// Take new sessions again
    Undrain,
    /// Make the log database, or make it afresh and keep the old one as a backup
    InitDb(init_db::Args),
    /// Ask whether the daemon answers
    Ping,
    /// Wait until sessions can start, at most --timeout
    Waitready,
    /// Stop the daemon and wait until it has stopped; every session ends
    Shutdown,
    /// Print completions for a shell
    Completions(completions::Args),
    /// Print a manual page
    Man(man::Args),
}
