//! Which commands are logged: a pure rule.

use std::collections::BTreeSet;

/// An include list wins when it names anything; otherwise all but the excluded ones are logged.
/// Names are compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandFilter {
    include: BTreeSet<String>,
    exclude: BTreeSet<String>,
}

impl CommandFilter {
    /// Space around names and empty names are ignored.
    pub fn new<S: AsRef<str>>(
        include: impl IntoIterator<Item = S>,
        exclude: impl IntoIterator<Item = S>,
    ) -> Self {
        Self { include: names(include), exclude: names(exclude) }
    }

    /// From the comma separated texts of the config file.
    pub fn parse(include: &str, exclude: &str) -> Self {
        Self::new(include.split(','), exclude.split(','))
    }

    /// Whether a command of this name is logged.
    pub fn keeps(&self, command: &str) -> bool {
        if self.include.is_empty() {
            !self.exclude.contains(command)
        } else {
            self.include.contains(command)
        }
    }
}

/// The default of `log_exclude_commands`.
impl Default for CommandFilter {
    fn default() -> Self {
        Self::parse("", "ping")
    }
}

fn names<S: AsRef<str>>(list: impl IntoIterator<Item = S>) -> BTreeSet<String> {
    list.into_iter()
        .map(|name| name.as_ref().trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
