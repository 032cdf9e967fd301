//! `[sandbox]`: what workers, which run users' code, are kept from.

use std::fmt;

use crate::config::kinds::{Choice, OptionalText};
use crate::config::visitor::{Visitor, restart};

/// What workers are kept from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sandbox {
    /// What happens when the kernel cannot hold a guarantee.
    pub mode: SandboxMode,
    /// The user that workers run as; `None` is the daemon's own.
    pub user: Option<String>,
}

impl Sandbox {
    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("sandbox.mode"), &mut self.mode, Choice(&SandboxMode::ALL));
        v.key(restart("sandbox.user"), &mut self.user, OptionalText);
    }
}

/// What happens when the kernel cannot hold a guarantee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxMode {
    /// The daemon does not start.
    Enforce,
    /// It starts, warns, and holds the others.
    #[default]
    BestEffort,
    /// No guarantee is held.
    Off,
}

impl SandboxMode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Enforce, Self::BestEffort, Self::Off];
}

impl fmt::Display for SandboxMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enforce => "enforce",
            Self::BestEffort => "best-effort",
            Self::Off => "off",
        })
    }
}
