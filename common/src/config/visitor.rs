//! How a section's declaration of its keys is walked, and what a key is.

use super::kinds::Kind;

/// What a reload does with a changed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The new value counts at once.
    Live,
    /// The new value counts after a restart.
    Restart,
}

/// One key of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Section and key, such as `server.port`.
    pub name: &'static str,
    /// What a reload does with it.
    pub reload: Reload,
    /// Whether its value is never shown.
    pub secret: bool,
}

impl Key {
    pub(super) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

/// A key whose new value counts at once.
pub(super) const fn live(name: &'static str) -> Key {
    Key { name, reload: Reload::Live, secret: false }
}

/// A key whose new value counts after a restart.
pub(super) const fn restart(name: &'static str) -> Key {
    Key { name, reload: Reload::Restart, secret: false }
}

/// What is done with each key: filling the field from the file, or listing it.
pub(super) trait Visitor {
    /// Visits `key`, whose value of `kind` is in `slot`.
    fn key<T>(&mut self, key: Key, slot: &mut T, kind: impl Kind<T>);

    /// Visits a key of older servers that is accepted and has no effect, for the given reason.
    fn ignored(&mut self, name: &'static str, reason: &'static str);
}
