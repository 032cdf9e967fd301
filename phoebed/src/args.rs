//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use phoebed_common::config::Overrides;

/// Serves isolated PHOEBE sessions over HTTP.
#[derive(Debug, Parser)]
#[command(name = "phoebed", version, after_help = FILES)]
pub struct Args {
    /// Configuration file (default: the first that exists of those below)
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Address to listen on, instead of server.host
    #[arg(long, value_name = "H")]
    pub host: Option<String>,
    /// TCP port to listen on, instead of server.port
    #[arg(long, value_name = "P")]
    pub port: Option<u16>,
    /// Check the configuration and exit: 0 when it is right, 2 when not
    #[arg(long)]
    pub check_config: bool,
    /// Print the default configuration, which is also its manual, and exit
    #[arg(long, exclusive = true)]
    pub default_config: bool,
    /// What to do instead of serving
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Make the log database; while the daemon runs, use `phoebectl init-db`
    InitDb {
        /// Replace an existing database, keeping it as a dated backup
        #[arg(long)]
        force: bool,
        /// Say what was done in JSON
        #[arg(long)]
        json: bool,
    },
}

const FILES: &str = "\
Configuration is looked for in $PHOEBED_CONFIG, /etc/phoebed/config.toml,
~/.config/phoebed/config.toml and ./config.toml; without any, the defaults count.
Exit status: 0 stopped as asked, 1 failed, 2 wrong usage or configuration, or a database that
cannot be used as it is.";

impl Args {
    /// What goes before the configuration file.
    pub fn overrides(&self) -> Overrides {
        Overrides { config: self.config.clone(), host: self.host.clone(), port: self.port }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
        let args = Args::parse_from(["phoebed", "init-db", "--config", "c.toml", "--force"]);
        assert_eq!(args.command, Some(Command::InitDb { force: true, json: false }));
        assert_eq!(args.config, Some("c.toml".into()));
    }
}
