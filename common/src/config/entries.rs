//! The configuration as a flat list of keys, to show it and to compare two of them.

use toml::Value;

use super::Config;
use super::kinds::Kind;
use super::problem::{Origin, shown};
use super::visitor::{Key, Reload, Visitor};

/// One key with its value and where that came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Section and key, such as `server.port`.
    pub key: &'static str,
    /// The value as TOML; a secret's is hidden unless it is empty.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
    /// Whether the value is hidden.
    pub secret: bool,
    /// What a reload does with a change.
    pub reload: Reload,
}

/// A key whose value differs between two configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Section and key, such as `server.port`.
    pub key: &'static str,
    /// The old value as TOML, a secret's hidden.
    pub old: String,
    /// The new value as TOML, a secret's hidden.
    pub new: String,
    /// Whether the new value can count at once.
    pub reload: Reload,
}

impl Config {
    /// Every key with its value and origin, in the order of the file.
    pub fn entries(&self) -> Vec<Entry> {
        let entry = |(key, value): (Key, Value)| Entry {
            key: key.name,
            value: shown(&value, key.secret),
            origin: self.origins.get(key.name).cloned().unwrap_or(Origin::Default),
            secret: key.secret,
            reload: key.reload,
        };
        self.list().into_iter().map(entry).collect()
    }

    /// The keys whose values differ in `new`, in the order of the file.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        let waiting = self.restart_keys_to(new);
        let pairs = self.list().into_iter().zip(new.list());
        pairs
            .filter(|((_, old), (_, new))| old != new)
            .map(|((key, old), (_, new))| Change {
                key: key.name,
                old: shown(&old, key.secret),
                new: shown(&new, key.secret),
                reload: if waiting.contains(&key.name) { Reload::Restart } else { key.reload },
            })
            .collect()
    }

    /// Every key with its true value: for comparing only, secrets are in it.
    pub(super) fn list(&self) -> Vec<(Key, Value)> {
        let mut list = List(Vec::new());
        self.clone().keys(&mut list);
        list.0
    }
}

struct List(Vec<(Key, Value)>);

impl Visitor for List {
    fn key<T>(&mut self, key: Key, slot: &mut T, kind: impl Kind<T>) {
        self.0.push((key, kind.show(slot)));
    }

    fn ignored(&mut self, _name: &'static str, _reason: &'static str) {}
}
