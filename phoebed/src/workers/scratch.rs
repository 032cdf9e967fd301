//! Scratch directories: home and temporary directory of one worker each, removed with it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The directory below which each worker gets its own.
#[derive(Debug, Clone)]
pub struct ScratchRoot(PathBuf);

impl ScratchRoot {
    /// An empty root; what an earlier daemon left there is removed (the state directory is
    /// locked, so nobody uses it).
    pub fn create(root: PathBuf) -> io::Result<Self> {
        match fs::remove_dir_all(&root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => make(&root)?,
        }
        Ok(Self(root))
    }

    /// A new directory for this worker, for the daemon's user alone.
    pub fn make(&self, worker: u64) -> io::Result<Scratch> {
        let directory = self.0.join(worker.to_string());
        make(&directory)?;
        Ok(Scratch(directory))
    }
}

/// A worker's directory; dropping it removes it with all that is in it.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Removes it where waiting for the disk holds up nobody.
    pub async fn remove(self) {
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                log::warn!("cannot remove the scratch directory {}: {error}", self.0.display());
            }
            _ => {}
        }
    }
}

fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(directory)
}
