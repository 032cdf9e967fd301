//! `[state]`: where the daemon keeps what it needs to run.

use std::path::PathBuf;

use crate::config::kinds::FilePath;
use crate::config::visitor::{Visitor, restart};

/// Where the daemon keeps what it needs to run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The state directory, absolute; one daemon at a time uses it.
    pub directory: PathBuf,
}

impl State {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("state.directory"), &mut self.directory, FilePath);
    }
}
