//! Scratch directories: home and temporary directory of one worker each, removed with it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::chown;

use super::sandbox::Account;

/// The directory below which each worker gets its own.
#[derive(Debug, Clone)]
pub struct ScratchRoot(PathBuf);

impl ScratchRoot {
    /// An empty root; what an earlier daemon left there is removed (the state directory is
    /// locked, so nobody uses it).
    pub fn create(root: PathBuf) -> io::Result<Self> {
        if root.exists() {
            remove(&root)?;
        }
        make(&root)?;
        Ok(Self(root))
    }

    /// Lets other users through to their directories below it.
    pub fn open_the_way(&self) -> io::Result<()> {
        fs::set_permissions(&self.0, fs::Permissions::from_mode(0o711))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A new directory for this worker, for its user alone.
    pub fn make(&self, worker: u64, user: Option<&Account>) -> io::Result<Scratch> {
        let directory = self.0.join(worker.to_string());
        make(&directory)?;
        let scratch = Scratch(directory);
        if let Some(Account { uid, gid, .. }) = user {
            chown(scratch.path(), Some(*uid), Some(*gid))?;
        }
        Ok(scratch)
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
        match remove(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                log::warn!("cannot remove the scratch directory {}: {error}", self.0.display());
            }
            _ => {}
        }
    }
}

/// Removes a directory that a worker may have filled in any way, with one descriptor and no
/// recursion however deep it is: what is nested is moved up beside it first.
fn remove(directory: &Path) -> io::Result<()> {
    let mut left = vec![directory.to_owned()];
    let mut moved = 0_u64;
    while let Some(next) = left.pop() {
        fs::set_permissions(&next, fs::Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                let mut name = directory.as_os_str().to_owned();
                name.push(format!(".{moved}"));
                moved += 1;
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o700))?;
                fs::rename(entry.path(), &name)?;
                left.push(name.into());
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        fs::remove_dir(&next)?;
    }
    Ok(())
}

fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_any_depth_and_mode_is_removed_and_nothing_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let root = ScratchRoot::create(place.path().join("scratch")).unwrap();
        let scratch = root.make(7, None).unwrap();
        fs::write(place.path().join("kept"), "").unwrap();
        std::os::unix::fs::symlink(place.path(), scratch.path().join("link")).unwrap();
        // Deeper than any path may be long, so it is built from the inside out.
        let (mut inner, outer) = (scratch.path().join("a"), scratch.path().join("b"));
        fs::create_dir(&inner).unwrap();
        for _ in 0..20_000 {
            fs::create_dir(&outer).unwrap();
            fs::rename(&inner, outer.join("d")).unwrap();
            fs::rename(&outer, &inner).unwrap();
            inner = scratch.path().join("a");
        }
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o000)).unwrap();
        drop(scratch);
        assert_eq!(fs::read_dir(&root.0).unwrap().count(), 0);
        assert!(place.path().join("kept").exists());
    }
}
