//! Where the packaged engine belongs, for who installs it.

use std::fs;
use std::path::PathBuf;

use super::document;
use super::environment::Environment;
use super::places;
use super::problem::ConfigError;
use super::search::find_file;
use super::sockets::named_path;

/// Where the packaged engine belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnginePlaces {
    /// The state directory.
    pub state: PathBuf,
    /// The packaged environment in it: a link to the one in use.
    pub packaged: PathBuf,
    /// The interpreter that the daemon takes.
    pub python: PathBuf,
}

/// The places of the daemon with this configuration; none when not even a home directory is
/// known. Of the file only the keys for it are looked at: the others may be right for the daemon
/// alone.
///
/// # Errors
/// A file that is named and missing, one that cannot be read, and one that is no TOML: it may
/// name another place, in which nobody should look for the engine in vain.
pub fn engine_places(
    config: Option<PathBuf>,
    environment: &Environment,
) -> Result<Option<EnginePlaces>, ConfigError> {
    let file = find_file(config, environment)?;
    let configured = match &file {
        Some(path) => {
            let unreadable = |source| ConfigError::Unreadable { path: path.clone(), source };
            let text = fs::read_to_string(path).map_err(unreadable)?;
            Some(document::parse(&text, path).map_err(ConfigError::Invalid)?)
        }
        None => None,
    };
    let named = |key: &str| named_path(configured.as_ref()?, key, file.as_deref()?, environment);
    let Some(state) = named("state.directory").or_else(|| places::state_directory(environment))
    else {
        return Ok(None);
    };
    let python = named("engine.python");
    let python = python.unwrap_or_else(|| places::engine_python(environment, &state));
    Ok(Some(EnginePlaces { packaged: places::packaged_engine(&state), state, python }))
}
