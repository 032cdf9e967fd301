//! Reads the fields of an auth body, with every fault at its place.

use serde_json::{Map, Value};

use super::ValidationErrorItem;

/// The members of a body, and what was found wrong with them so far.
pub(super) struct Fields<'a> {
    members: &'a Map<String, Value>,
    faults: Vec<ValidationErrorItem>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(members: &'a Map<String, Value>) -> Self {
        Self { members, faults: Vec::new() }
    }

    /// A string that must be there.
    pub(super) fn required(&mut self, name: &str) -> String {
        self.string(name).unwrap_or_else(|| {
            self.faults.push(ValidationErrorItem::missing(name));
            String::new()
        })
    }

    /// A string that is empty when it is not there.
    pub(super) fn or_empty(&mut self, name: &str) -> String {
        self.string(name).unwrap_or_default()
    }

    /// `body`, unless there were faults.
    pub(super) fn finish<T>(self, body: T) -> Result<T, Vec<ValidationErrorItem>> {
        if self.faults.is_empty() { Ok(body) } else { Err(self.faults) }
    }

    fn string(&mut self, name: &str) -> Option<String> {
        match self.members.get(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.faults.push(ValidationErrorItem::not_a_string(name));
                Some(String::new())
            }
        }
    }
}
