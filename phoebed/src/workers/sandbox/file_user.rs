//! Files of the user that workers run as, where that is not the daemon's user: scratch directories,
//! and what `/proc` tells of workers.
//!
//! A daemon that is not root may not give files away, nor look into those of others. It does not
//! need the capabilities for that: a thread of it acts as the workers' user while it handles such
//! files, which is what CAP_SETUID and CAP_SETGID are for.

use std::fs;
use std::io;
use std::marker::PhantomData;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{AccessFlags, Gid, Uid, access, chown, setfsgid, setfsuid};

use super::Account;

/// The user whose files are handled; by default the daemon's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileUser(Option<(Uid, Gid)>);

impl FileUser {
    /// The user of workers, if they have one of their own.
    pub fn of(account: Option<&Account>) -> Self {
        let own = nix::unistd::geteuid();
        Self(account.filter(|account| account.uid != own).map(|account| (account.uid, account.gid)))
    }

    /// Whether it is the daemon's own.
    pub fn is_own(self) -> bool {
        self.0.is_none()
    }

    /// This thread's file operations are this user's until the guard is dropped. No `await` in
    /// between: the guard keeps to its thread.
    #[must_use = "it ends when it is dropped"]
    pub fn act(self) -> Acting {
        let before = self.0.map(|(uid, gid)| {
            // The group first: a root that has become somebody else may not change it.
            let before = (setfsgid(gid), setfsuid(uid));
            // They say nothing of a refusal; an id that is none changes nothing and is answered by
            // the one in force.
            let none = libc::uid_t::MAX;
            let now = (setfsgid(Gid::from_raw(none)), setfsuid(Uid::from_raw(none)));
            if now != (gid, uid) {
                log::error!(
                    "files of the workers' user are handled as user {}: the kernel refuses the \
                     change to user {uid} (CAP_SETUID and CAP_SETGID are needed)",
                    now.1
                );
            }
            (before.1, before.0)
        });
        Acting { before, _one_thread: PhantomData }
    }

    /// Whoever this file belongs to; the daemon's own user where that is root, whose rights nobody
    /// borrows.
    pub fn owner_of(path: &Path) -> io::Result<Self> {
        let found = fs::symlink_metadata(path)?;
        let (uid, gid) = (Uid::from_raw(found.uid()), Gid::from_raw(found.gid()));
        let is_other = uid != nix::unistd::geteuid() && !uid.is_root();
        Ok(Self(is_other.then_some((uid, gid))))
    }

    /// Whether this file is the user's.
    pub fn owns(self, path: &Path) -> bool {
        let uid = self.0.map_or_else(nix::unistd::geteuid, |(uid, _)| uid);
        fs::metadata(path).is_ok_and(|found| found.uid() == uid.as_raw())
    }

    /// Has a directory belong to the user. The package makes such directories as they must be;
    /// elsewhere that takes root. One that the daemon's own user can write to will do for that.
    pub fn give(self, directory: &Path) -> io::Result<()> {
        let may_write = || access(directory, AccessFlags::W_OK | AccessFlags::X_OK).is_ok();
        if self.owns(directory) || (self.is_own() && may_write()) {
            return Ok(());
        }
        let own = || (nix::unistd::geteuid(), nix::unistd::getegid());
        let (uid, gid) = self.0.unwrap_or_else(own);
        chown(directory, Some(uid), Some(gid)).map_err(|error| {
            let shown = directory.display();
            let text = format!(
                "{shown} must belong to the user that workers run as (sandbox.user, or else the \
                 daemon's own), and the daemon may not give it away ({error}); as root: chown -R \
                 {uid}:{gid} {shown}"
            );
            io::Error::new(io::Error::from(error).kind(), text)
        })
    }
}

/// A thread acts as another user as long as this lives.
#[derive(Debug)]
pub struct Acting {
    before: Option<(Uid, Gid)>,
    _one_thread: PhantomData<*const ()>,
}

impl Drop for Acting {
    fn drop(&mut self) {
        if let Some((uid, gid)) = self.before {
            setfsuid(uid);
            setfsgid(gid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_daemons_own_user_need_nothing() {
        let place = tempfile::tempdir().unwrap();
        let user = FileUser::default();
        let _acting = user.act();
        user.give(place.path()).unwrap();
        assert!(user.is_own() && user.owns(place.path()));
    }

    #[test]
    fn what_a_thread_makes_while_it_acts_is_the_other_users() {
        if !nix::unistd::geteuid().is_root() {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let (uid, gid) = (Uid::from_raw(54_321), Gid::from_raw(54_322));
        let account = Account { name: "worker".to_owned(), uid, gid };
        let user = FileUser::of(Some(&account));
        assert!(!user.owns(place.path()));
        user.give(place.path()).unwrap();
        let made = place.path().join("made");
        {
            let _acting = user.act();
            fs::create_dir(&made).unwrap();
            assert!(fs::read_dir("/root").is_err(), "root's rights are not used");
        }
        let found = fs::metadata(&made).unwrap();
        assert_eq!((found.uid(), found.gid()), (uid.as_raw(), gid.as_raw()));
        fs::create_dir(place.path().join("own")).unwrap();
        assert!(!user.owns(&place.path().join("own")), "it is over");
    }
}
