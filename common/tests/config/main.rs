//! The configuration as its users see it: from text and surroundings to values and errors.

mod checks;
mod contract;
mod default_file;
mod entries;
mod errors;
mod places;
mod search;
mod sockets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use phoebed_common::config::{Config, ConfigError, Environment, Overrides, Problem};

/// An ordinary user `/home/u` in `/work`, where only `files` exist.
pub(crate) fn user(files: &[&str]) -> Environment {
    let files: BTreeSet<PathBuf> = files.iter().map(PathBuf::from).collect();
    Environment {
        variables: [("HOME".into(), "/home/u".into())].into(),
        is_root: false,
        under_systemd: false,
        cwd: PathBuf::from("/here"),
        ephemeral_ports: None,
        exists: Arc::new(move |path| files.contains(path)),
    }
}

/// The same user with another variable.
pub(crate) fn user_with(variable: &str, value: &str) -> Environment {
    let mut environment = user(&[]);
    environment.variables.insert(variable.into(), value.into());
    environment
}

pub(crate) fn read_in(text: &str, environment: &Environment) -> Result<Config, ConfigError> {
    Config::from_text(text, Path::new("/etc/x/config.toml"), environment, &Overrides::default())
}

pub(crate) fn read(text: &str) -> Config {
    read_in(text, &user(&[])).unwrap_or_else(|error| panic!("{error}"))
}

/// The lines of the error that `text` gives.
pub(crate) fn refused(text: &str) -> Vec<String> {
    refused_in(text, &user(&[]))
}

pub(crate) fn refused_in(text: &str, environment: &Environment) -> Vec<String> {
    match read_in(text, environment) {
        Err(ConfigError::Invalid(problems)) => lines(&problems),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted: {text}"),
    }
}

pub(crate) fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}
