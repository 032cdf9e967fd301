//! Where the configuration comes from, kept so that it can be read again.

use std::path::PathBuf;

use phoebed_common::config::{Config, ConfigError, Environment, Overrides};

use crate::auth::KeyError;
use crate::http::TlsError;

/// The surroundings and the command line as they were at the start; they stay in force.
#[derive(Debug, Clone)]
pub struct ConfigSource {
    environment: Environment,
    overrides: Overrides,
}

/// Why there is no other configuration.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The file is wrong or cannot be read.
    #[error("the configuration is wrong, so nothing was changed")]
    Config(#[from] ConfigError),
    /// The keys of tokens cannot be used.
    #[error("the configuration cannot be used, so nothing was changed")]
    Keys(#[from] KeyError),
    /// The files of TLS.
    #[error("the files of TLS cannot be used, so nothing was changed")]
    Tls(#[from] TlsError),
    /// The file that is in force is gone.
    #[error(
        "the configuration file {} is gone{}, so nothing was changed", old.display(),
        new.as_ref().map(|new| format!(" and {} is in its place", new.display()))
            .unwrap_or_default()
    )]
    OtherFile {
        /// In force.
        old: PathBuf,
        /// What would be read now.
        new: Option<PathBuf>,
    },
}

impl ConfigSource {
    /// Reads the configuration in these surroundings.
    pub fn new(environment: Environment, overrides: Overrides) -> Self {
        Self { environment, overrides }
    }

    /// Reads it, at the start.
    pub fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.environment, &self.overrides)
    }

    /// Reads it again. The defaults never stand in for a file that went away.
    pub fn load_again(&self, in_force: &Config) -> Result<Config, ReloadError> {
        let new = self.load()?;
        if let Some(old) = in_force.file.as_ref().filter(|old| new.file.as_ref() != Some(old)) {
            return Err(ReloadError::OtherFile { old: old.clone(), new: new.file });
        }
        Ok(new)
    }
}
