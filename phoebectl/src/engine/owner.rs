//! Root acts as the owner of the state directory: packages from outside, and files that the
//! daemon's user may have changed, get no more rights than that user has.

use std::fs;
use std::os::unix::fs::MetadataExt;

use nix::unistd::{Gid, Uid, User, chown, geteuid, setgid, setgroups, setuid};

use super::error::EngineError;
use super::place::Place;

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
    if let Some(user) = service.filter(|_| !there) {
        let given = chown(&place.state, Some(user.uid), Some(user.gid));
        given.map_err(|error| super::place::file("give away", &place.state, error.into()))?;
    }
    let meta = fs::metadata(&place.state)
        .map_err(|source| super::place::file("look at", &place.state, source))?;
    let (uid, gid) = (Uid::from_raw(meta.uid()), Gid::from_raw(meta.gid()));
    let changed = match uid.is_root() {
        true => Ok(()),
        false => setgroups(&[gid]).and_then(|()| setgid(gid)).and_then(|()| setuid(uid)),
    };
    changed.map_err(|error| EngineError::Owner { user: name(uid), source: error.into() })?;
    Ok(name(uid))
}

fn name(uid: Uid) -> String {
    let user = User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}
