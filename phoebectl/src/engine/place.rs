//! Where the engine is, and the change from one to the next.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use phoebed_common::config::{EnginePlaces, engine_places};

use super::error::EngineError;
use crate::args::Global;
use crate::console::Console;
use crate::error::CtlError;

/// Where engines are, below the state directory.
const BUILDS: &str = "engine";

/// Others may pass the state directory, for workers are another user; what is secret in it has
/// modes of its own.
const STATE_MODE: u32 = 0o711;

/// The engine's place on this machine.
#[derive(Debug)]
pub struct Place {
    /// The state directory.
    pub state: PathBuf,
    /// The link to the engine in use.
    pub link: PathBuf,
    /// The directory of all engines.
    pub builds: PathBuf,
    /// The interpreter that the daemon takes.
    pub python: PathBuf,
}

impl Place {
    /// That of the daemon with this configuration.
    pub fn find(global: &Global, console: &Console) -> Result<Self, CtlError> {
        let places = engine_places(global.config.clone(), console.environment());
        let places = places.map_err(CtlError::Config)?;
        let EnginePlaces { state, packaged, python } = places.ok_or(EngineError::NoPlace)?;
        Ok(Self { builds: state.join(BUILDS), link: packaged, state, python })
    }

    /// The interpreter of the engine in use.
    pub fn interpreter(&self) -> PathBuf {
        self.link.join("bin/python")
    }

    /// Whether the daemon would take another interpreter than this engine's.
    pub fn is_bypassed(&self) -> bool {
        self.python != self.interpreter()
    }

    /// The directory of the engine in use; none when there is none.
    pub fn current(&self) -> Result<Option<PathBuf>, EngineError> {
        match fs::read_link(&self.link) {
            Ok(target) => Ok(Some(self.state.join(target))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                Err(EngineError::NotOurs(self.link.clone()))
            }
            Err(source) => Err(file("read", &self.link, source)),
        }
    }

    /// Makes the state directory where it is not there yet.
    pub fn make_state(&self) -> Result<(), EngineError> {
        let made = fs::DirBuilder::new().recursive(true).mode(STATE_MODE).create(&self.state);
        made.map_err(|source| file("make", &self.state, source))
    }

    /// Keeps other calls away until the lock is dropped.
    pub fn lock(&self) -> Result<Flock<fs::File>, EngineError> {
        fs::create_dir_all(&self.builds).map_err(|source| file("make", &self.builds, source))?;
        let path = self.builds.join(".lock");
        let opened = fs::File::options().create(true).truncate(false).write(true).open(&path);
        let opened = opened.map_err(|source| file("open", &path, source))?;
        Flock::lock(opened, FlockArg::LockExclusiveNonblock)
            .map_err(|_held| EngineError::Busy(self.builds.clone()))
    }

    /// Has the link name this build, at one moment.
    pub fn put_in_use(&self, build: &Path) -> Result<(), EngineError> {
        // What the link names must be on the disk before the link is.
        nix::unistd::sync();
        let fresh = self.builds.join(".venv");
        let _ = fs::remove_file(&fresh);
        let name = build.file_name().unwrap_or_default();
        let target = Path::new(BUILDS).join(name);
        symlink(&target, &fresh).map_err(|source| file("make", &fresh, source))?;
        fs::rename(&fresh, &self.link).map_err(|source| file("replace", &self.link, source))
    }
}

/// An error about a file.
pub fn file(what: &'static str, path: &Path, source: io::Error) -> EngineError {
    EngineError::File { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Place) {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().to_owned();
        let link = state.join("venv");
        let place =
            Place { builds: state.join(BUILDS), python: link.join("bin/python"), link, state };
        (directory, place)
    }

    #[test]
    fn the_link_goes_from_one_build_to_the_next() {
        let (_directory, place) = place();
        let _lock = place.lock().unwrap();
        assert_eq!(place.current().unwrap(), None);
        for name in ["first", "second"] {
            let build = place.builds.join(name);
            fs::create_dir(&build).unwrap();
            place.put_in_use(&build).unwrap();
            assert_eq!(place.current().unwrap(), Some(build.clone()));
            assert_eq!(place.link.canonicalize().unwrap(), build.canonicalize().unwrap());
        }
    }

    #[test]
    fn what_phoebectl_did_not_make_is_left_alone() {
        let (_directory, place) = place();
        fs::create_dir(&place.link).unwrap();
        let error = place.current().unwrap_err();
        assert!(error.hint().unwrap().contains("venv.old"), "{error}");
    }

    #[test]
    fn one_call_at_a_time_is_at_work() {
        let (_directory, place) = place();
        let lock = place.lock().unwrap();
        assert!(matches!(place.lock(), Err(EngineError::Busy(_))));
        drop(lock);
        place.lock().unwrap();
    }
}
