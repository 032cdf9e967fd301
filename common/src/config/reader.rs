//! Fills a configuration from what was given, and collects everything that is wrong on the way.

use std::collections::BTreeMap;

use super::document::Document;
use super::kinds::Kind;
use super::nearest::nearest;
use super::problem::{Origin, Problem, shown};
use super::visitor::{Key, Visitor};

/// Fills a configuration from what was given. What is wrong is noted and the default kept, so
/// that one run finds every problem.
pub(super) struct Reader {
    given: Document,
    known: Vec<&'static str>,
    read: BTreeMap<&'static str, (Origin, String)>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(given: Document) -> Self {
        Self {
            given,
            known: Vec::new(),
            read: BTreeMap::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether something was given for the key, and it was already read.
    pub(super) fn was_given(&self, key: &str) -> bool {
        self.read.contains_key(key)
    }

    /// Whether the key already has a problem; checks that build on its value are then moot.
    pub(super) fn is_wrong(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.key.as_deref() == Some(key))
    }

    /// Notes that the value of `key`, which reads as `value`, is wrong.
    pub(super) fn wrong(&mut self, key: &'static str, value: impl ToString, reason: String) {
        let problem = self.problem(key, value, reason);
        self.problems.push(problem);
    }

    /// Notes that the value of `key`, which reads as `value`, is odd.
    pub(super) fn odd(&mut self, key: &'static str, value: impl ToString, reason: String) {
        let problem = self.problem(key, value, reason);
        self.warnings.push(problem);
    }

    fn problem(&self, key: &'static str, default: impl ToString, reason: String) -> Problem {
        let (origin, value) = match self.read.get(key) {
            Some((origin, value)) => (origin.clone(), value.clone()),
            None => (Origin::Default, default.to_string()),
        };
        Problem { origin, key: Some(key.to_owned()), value: Some(value), reason }
    }

    /// Ends the reading: what nobody asked for is unknown. Gives the origins and the warnings.
    pub(super) fn finish(mut self) -> Result<(Origins, Vec<Problem>), Vec<Problem>> {
        for (key, given) in std::mem::take(&mut self.given) {
            let section = format!("{key}.");
            let reason = if !self.known.iter().any(|known| known.starts_with(&section)) {
                self.unknown(&key)
            } else if given.value.is_table() {
                continue;
            } else {
                format!("must be a section, written [{key}]")
            };
            // The value stays out: it may be a secret under a misspelt key.
            self.problems.push(Problem {
                origin: given.origin,
                key: Some(key),
                value: None,
                reason,
            });
        }
        self.problems.sort_by(|a, b| a.position().cmp(&b.position()));
        self.warnings.sort_by(|a, b| a.position().cmp(&b.position()));
        if self.problems.is_empty() {
            let origins = self.read.into_iter().map(|(key, (origin, _))| (key, origin)).collect();
            Ok((origins, self.warnings))
        } else {
            Err(self.problems)
        }
    }

    fn unknown(&self, key: &str) -> String {
        let mut sections: Vec<&str> =
            self.known.iter().filter_map(|key| key.split('.').next()).collect();
        sections.dedup();
        let known = self.known.iter().copied().chain(sections.iter().copied());
        let siblings: Vec<&str> = match key.split_once('.') {
            Some((section, _)) => self
                .known
                .iter()
                .filter_map(|known| known.split_once('.'))
                .filter(|known| known.0 == section)
                .map(|known| known.1)
                .collect(),
            None => Vec::new(),
        };
        match (nearest(key, known), siblings.as_slice()) {
            (Some(near), _) => format!("unknown key; did you mean {near}?"),
            (None, []) => format!("unknown section; known are {}", sections.join(", ")),
            (None, siblings) => format!("unknown key; known here are {}", siblings.join(", ")),
        }
    }
}

/// Keys that were given, with where.
pub(super) type Origins = BTreeMap<&'static str, Origin>;

impl Visitor for Reader {
    fn key<T>(&mut self, key: Key, slot: &mut T, kind: impl Kind<T>) {
        self.known.push(key.name);
        let Some(given) = self.given.remove(key.name) else { return };
        let value = shown(&given.value, key.secret || kind.hides(&given.value));
        match kind.parse(&given.value) {
            Ok(value) => *slot = value,
            Err(reason) => self.problems.push(Problem {
                origin: given.origin.clone(),
                key: Some(key.name.to_owned()),
                value: Some(value.clone()),
                reason,
            }),
        }
        self.read.insert(key.name, (given.origin, value));
    }

    fn ignored(&mut self, name: &'static str, reason: &'static str) {
        self.known.push(name);
        let Some(given) = self.given.remove(name) else { return };
        let is_count = given.value.as_integer().is_some_and(|count| count >= 0);
        let (list, reason) = if is_count {
            (&mut self.warnings, format!("has no effect: {reason}"))
        } else {
            (&mut self.problems, "must be a whole number, 0 or more".to_owned())
        };
        list.push(Problem {
            origin: given.origin,
            key: Some(name.to_owned()),
            value: Some(shown(&given.value, false)),
            reason,
        });
    }
}
