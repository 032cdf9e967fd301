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
    pub fn make(&self, worker: u64) -> io::Result<PathBuf> {
        let directory = self.0.join(worker.to_string());
        make(&directory)?;
        Ok(directory)
    }
}

fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(directory)
}

/// Removes a worker's directory. A failure is logged: the worker is gone all the same.
pub async fn remove(directory: PathBuf) {
    let removed = tokio::fs::remove_dir_all(&directory).await;
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        log::warn!("cannot remove the scratch directory {}: {error}", directory.display());
    }
}
