//! Scratch directories: home and temporary directory of one worker each, removed with it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::sandbox::FileUser;

/// The directory below which each worker gets its own.
#[derive(Debug, Clone)]
pub struct ScratchRoot {
    path: PathBuf,
    user: FileUser,
}

impl ScratchRoot {
    /// An empty root; what an earlier daemon left there is removed (the state directory is
    /// locked, so nobody uses it).
    ///
    /// It belongs to the workers' user, as all that is in it: an unprivileged daemon could not
    /// remove what they leave otherwise.
    pub fn create(path: PathBuf, user: FileUser) -> io::Result<Self> {
        if path.exists() {
            // With the rights of whoever had it before: sandbox.user may have been another.
            let before = FileUser::owner_of(&path)?;
            let acting = before.act();
            empty(&path)?;
            drop(acting);
            if !user.owns(&path) {
                fs::remove_dir(&path)?;
            }
        }
        if !path.exists() {
            make(&path)?;
        }
        user.give(&path)?;
        if !user.is_own() {
            // The daemon passes through it, and nobody looks around.
            let _acting = user.act();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o711))?;
        }
        Ok(Self { path, user })
    }

    /// A new directory for this worker, for its user alone.
    pub fn make(&self, worker: u64) -> io::Result<Scratch> {
        let directory = self.path.join(worker.to_string());
        let _acting = self.user.act();
        make(&directory)?;
        Ok(Scratch { path: directory, user: self.user })
    }
}

/// A worker's directory; dropping it removes it with all that is in it.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    user: FileUser,
}

impl Scratch {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it where waiting for the disk holds up nobody.
    pub async fn remove(self) {
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _acting = self.user.act();
        match remove(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                log::warn!("cannot remove the scratch directory {}: {error}", self.path.display());
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

/// Removes what is in a directory.
fn empty(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workers::sandbox::Account;

    #[test]
    fn a_tree_of_any_depth_and_mode_is_removed_and_nothing_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let root = ScratchRoot::create(place.path().join("scratch"), FileUser::default()).unwrap();
        let scratch = root.make(7).unwrap();
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
        assert_eq!(fs::read_dir(&root.path).unwrap().count(), 0);
        assert!(place.path().join("kept").exists());
    }

    #[test]
    fn what_is_left_of_a_user_before_goes_when_workers_are_another() {
        if !nix::unistd::geteuid().is_root() {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let path = place.path().join("scratch");
        let user = |id| {
            let (uid, gid) = (nix::unistd::Uid::from_raw(id), nix::unistd::Gid::from_raw(id));
            FileUser::of(Some(&Account { name: "worker".to_owned(), uid, gid }))
        };
        for user in [user(54_321), user(54_322), FileUser::default(), user(54_321)] {
            let root = ScratchRoot::create(path.clone(), user).unwrap();
            assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
            assert!(user.owns(&path));
            std::mem::forget(root.make(7).unwrap());
        }
    }

    #[test]
    fn what_is_left_of_another_user_is_emptied_as_that_user() {
        if !nix::unistd::geteuid().is_root() {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let (uid, gid) = (nix::unistd::Uid::from_raw(54_321), nix::unistd::Gid::from_raw(54_321));
        let account = Account { name: "worker".to_owned(), uid, gid };
        let user = FileUser::of(Some(&account));
        let path = place.path().join("scratch");
        for _ in 0..2 {
            let root = ScratchRoot::create(path.clone(), user).unwrap();
            let scratch = root.make(7).unwrap();
            assert!(user.owns(scratch.path()) && user.owns(&path));
            let acting = user.act();
            let left = scratch.path().join("left");
            fs::create_dir(&left).unwrap();
            fs::set_permissions(&left, fs::Permissions::from_mode(0o000)).unwrap();
            drop(acting);
            // As if the daemon had died.
            std::mem::forget(scratch);
        }
    }
}
