//! What is in force after a reload: the live keys of the new file, the rest as before.

use std::collections::BTreeMap;

use toml::Value;

use super::Config;
use super::kinds::Kind;
use super::sections::TLS_KEYS;
use super::visitor::{Key, Reload, Visitor};

impl Config {
    /// This configuration with the live keys of `new`, whose file and warnings it takes.
    pub fn with_live_keys_of(&self, new: &Self) -> Self {
        let kept = self.restart_keys_to(new);
        let values = new.list().into_iter().map(|(key, value)| (key.name, value));
        let values = values.filter(|(name, _)| !kept.contains(name)).collect();
        let mut merge = LiveKeys { values, merged: Vec::new() };
        let mut merged = self.clone();
        merged.keys(&mut merge);
        for key in merge.merged {
            match new.origins.get(key) {
                Some(origin) => merged.origins.insert(key, origin.clone()),
                None => merged.origins.remove(key),
            };
        }
        (merged.file, merged.warnings) = (new.file.clone(), new.warnings.clone());
        merged
    }
}

impl Config {
    /// Live keys that `new` changes in a way that must wait for a restart all the same: a listener
    /// does not begin or cease to speak TLS.
    pub(super) fn restart_keys_to(&self, new: &Self) -> &'static [&'static str] {
        if self.server.tls().is_some() == new.server.tls().is_some() { &[] } else { &TLS_KEYS }
    }
}

/// Overwrites live keys. Every kind reads what it shows, so none is lost on the way.
struct LiveKeys {
    values: BTreeMap<&'static str, Value>,
    merged: Vec<&'static str>,
}

impl Visitor for LiveKeys {
    fn key<T>(&mut self, key: Key, slot: &mut T, kind: impl Kind<T>) {
        if key.reload == Reload::Live
            && let Some(value) = self.values.get(key.name)
            && let Ok(value) = kind.parse(value)
        {
            *slot = value;
            self.merged.push(key.name);
        }
    }

    fn ignored(&mut self, _name: &'static str, _reason: &'static str) {}
}
