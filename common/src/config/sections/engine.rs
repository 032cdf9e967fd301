//! `[engine]`: the Python that has PHOEBE.

use std::path::PathBuf;

use crate::config::kinds::{FilePath, YesNo};
use crate::config::visitor::{Visitor, restart};

/// The Python that has PHOEBE.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Engine {
    /// The interpreter, absolute, or a bare name to be looked up in `PATH`.
    pub python: PathBuf,
    /// Whether PHOEBE may ask its table server for passbands that are not installed.
    pub online_passbands: bool,
}

impl Engine {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("engine.python"), &mut self.python, FilePath);
        v.key(restart("engine.online_passbands"), &mut self.online_passbands, YesNo);
    }
}
