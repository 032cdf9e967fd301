//! What somebody lacks who may not use a socket.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use nix::unistd::{Gid, Group, Uid, User, geteuid};

/// What to do about a socket that this user may not use: which group to join, if that helps.
pub fn hint(socket: &Path) -> String {
    let Some((place, meta)) = closed_place(socket) else {
        return "run it as root or as the daemon's user".to_owned();
    };
    let for_group = meta.permissions().mode() & 0o070 != 0 && meta.gid() != 0;
    if !for_group {
        return format!(
            "only {} may use it; run it as that user, or set [admin] group in the configuration",
            user_name(meta.uid())
        );
    }
    format!(
        "join the group {group} that {} belongs to, then log in again: sudo usermod --append \
         --groups {group} {}",
        place.display(),
        user_name(geteuid().as_raw()),
        group = group_name(meta.gid()),
    )
}

/// The socket, or the folder on the way to it that does not let this user through.
fn closed_place(socket: &Path) -> Option<(&Path, Metadata)> {
    socket.ancestors().find_map(|place| Some((place, place.metadata().ok()?)))
}

fn group_name(gid: u32) -> String {
    let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
    group.map_or_else(|| gid.to_string(), |group| group.name)
}

fn user_name(uid: u32) -> String {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}
