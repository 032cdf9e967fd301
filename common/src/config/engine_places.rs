//! Where the packaged engine belongs, for who installs it.

use std::path::PathBuf;

use super::environment::Environment;
use super::places;
use super::search::find_file;
use super::sockets::{named_path, read_leniently};

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
/// known. The file is read leniently, as by [`super::socket_candidates`].
pub fn engine_places(config: Option<PathBuf>, environment: &Environment) -> Option<EnginePlaces> {
    let file = find_file(config, environment).ok().flatten();
    let configured = file.as_deref().and_then(read_leniently);
    let named = |key: &str| named_path(configured.as_ref()?, key, file.as_deref()?, environment);
    let state = named("state.directory").or_else(|| places::state_directory(environment))?;
    let python = named("engine.python");
    let python = python.unwrap_or_else(|| places::engine_python(environment, &state));
    Some(EnginePlaces { packaged: places::packaged_engine(&state), state, python })
}
