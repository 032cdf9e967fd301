//! `[database]`: the public log database.

use std::path::PathBuf;

use crate::config::kinds::{CommandNames, FilePath, WholeOrNone};
use crate::config::visitor::{Visitor, live, restart};

/// The public log database.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    /// The SQLite file, absolute.
    pub path: PathBuf,
    /// Commands that are not logged.
    pub log_exclude_commands: Vec<String>,
    /// When not empty, only these commands are logged.
    pub log_include_commands: Vec<String>,
    /// Days that commands and metrics are kept; `None` means for ever.
    pub keep_days: Option<u32>,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            path: PathBuf::from("data/sessions.db"),
            log_exclude_commands: vec!["ping".to_owned()],
            log_include_commands: Vec::new(),
            keep_days: Some(90),
        }
    }
}

impl Database {
    /// Whether `command` is to be logged: the include list alone decides when it is set.
    pub fn logs(&self, command: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == command);
        if self.log_include_commands.is_empty() {
            !named(&self.log_exclude_commands)
        } else {
            named(&self.log_include_commands)
        }
    }

    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("database.path"), &mut self.path, FilePath);
        let excluded = &mut self.log_exclude_commands;
        v.key(live("database.log_exclude_commands"), excluded, CommandNames);
        let included = &mut self.log_include_commands;
        v.key(live("database.log_include_commands"), included, CommandNames);
        v.key(live("database.keep_days"), &mut self.keep_days, WholeOrNone(36_500));
    }
}
