//! `[logging]`: what is logged and how a line looks.

use crate::config::kinds::{LevelName, LineFormat};
use crate::config::level::Level;
use crate::config::python_format::Format;
use crate::config::visitor::{Visitor, live};

/// What is logged and how a line looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Logging {
    /// Records below this level are dropped.
    pub level: Level,
    /// The shape of a line, in Python's notation.
    pub format: Format,
    /// The level at which each request is logged.
    pub access_level: Level,
}

impl Default for Logging {
    fn default() -> Self {
        Self { level: Level::Info, format: Format::default(), access_level: Level::Debug }
    }
}

impl Logging {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(live("logging.level"), &mut self.level, LevelName);
        v.key(live("logging.format"), &mut self.format, LineFormat);
        v.key(live("logging.access_level"), &mut self.access_level, LevelName);
    }
}
