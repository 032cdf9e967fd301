//! Root acts as the owner of the state directory: packages from outside, and files that the
//! daemon's user may have changed, get no more rights than that user has.

use std::fs;
use std::os::unix::fs::MetadataExt;

use nix::unistd::{Gid, Uid, User, chown, geteuid, setgid, setgroups, setuid};

use super::error::EngineError;
use super::place::{Place, file};

/// The user of the packaged service.
const SERVICE: &str = "phoebed";

/// Becomes the owner of the state directory for the rest of this process, if this is root; makes
/// the directory where it is not there yet. Answers the name of who it is then.
pub fn become_owner(place: &Place) -> Result<String, EngineError> {
    let there = place.state.exists();
    if !there {
        place.make_state()?;
    }
    if !geteuid().is_root() {
        return Ok(name(geteuid()));
    }
    let service = User::from_name(SERVICE).ok().flatten();
    let meta = || {
        let found = fs::metadata(&place.state);
        found.map_err(|source| file("look at", &place.state, source))
    };
    // A directory that an administrator has made, say for a disk of its own, is root's at first.
    if let Some(user) = service.filter(|_| meta().is_ok_and(|found| found.uid() == 0)) {
        if there && !is_empty(place)? {
            return Err(EngineError::Roots { place: place.state.clone(), user: user.name });
        }
        let given = chown(&place.state, Some(user.uid), Some(user.gid));
        given.map_err(|error| file("give away", &place.state, error.into()))?;
    }
    let meta = meta()?;
    let (uid, gid) = (Uid::from_raw(meta.uid()), Gid::from_raw(meta.gid()));
    let changed = match uid.is_root() {
        true => Ok(()),
        false => setgroups(&[gid]).and_then(|()| setgid(gid)).and_then(|()| setuid(uid)),
    };
    changed.map_err(|error| EngineError::Owner { user: name(uid), source: error.into() })?;
    Ok(name(uid))
}

/// Whether nothing is in the state directory but what a fresh file system has.
fn is_empty(place: &Place) -> Result<bool, EngineError> {
    let entries = fs::read_dir(&place.state).map_err(|error| file("read", &place.state, error))?;
    Ok(entries.flatten().all(|entry| entry.file_name() == "lost+found"))
}

fn name(uid: Uid) -> String {
    let user = User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}
