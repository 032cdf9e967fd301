//! `[admin]`: the operator's Unix socket.

use std::path::PathBuf;

use crate::config::kinds::{FilePath, OptionalText};
use crate::config::visitor::{Visitor, restart};

/// The operator's Unix socket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admin {
    /// The socket, absolute and short enough for the kernel.
    pub socket: PathBuf,
    /// The group whose members may use it, besides root and the daemon's own user.
    pub group: Option<String>,
}

impl Admin {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("admin.socket"), &mut self.socket, FilePath);
        v.key(restart("admin.group"), &mut self.group, OptionalText);
    }
}
