//! What can be wrong with a configuration, said with file, line, key, value and what is allowed.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::secret::HIDDEN;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The code's own default.
    Default,
    /// A line of the configuration file, counted from 1.
    File {
        /// The file, as it was named or found.
        path: Arc<PathBuf>,
        /// The line.
        line: usize,
    },
    /// An environment variable.
    Environment(&'static str),
    /// An option of the command line.
    CommandLine(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::CommandLine(option) => write!(f, "command line {option}"),
        }
    }
}

/// One thing that is wrong, or for a warning: odd, with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the value stands.
    pub origin: Origin,
    /// The key, such as `port_pool.end`; none for what is no TOML at all.
    pub key: Option<String>,
    /// The value as TOML, a secret hidden.
    pub value: Option<String>,
    /// What is wrong, and what is allowed.
    pub reason: String,
}

impl Problem {
    /// Orders problems as a reader meets them: by line, then what is in no file.
    pub(super) fn position(&self) -> (usize, Option<&str>) {
        let line = match self.origin {
            Origin::File { line, .. } => line,
            Origin::Default | Origin::Environment(_) | Origin::CommandLine(_) => usize::MAX,
        };
        (line, self.key.as_deref())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        match (&self.key, &self.value) {
            (Some(key), Some(value)) => write!(f, "{key} = {value}: ")?,
            (Some(key), None) => write!(f, "{key}: ")?,
            (None, _) => {}
        }
        f.write_str(&self.reason)
    }
}

/// `value` as one line of TOML, shortened when long, hidden when secret.
pub(super) fn shown(value: &toml::Value, secret: bool) -> String {
    const MOST: usize = 100;
    if secret {
        let is_empty = value.as_str().is_some_and(str::is_empty)
            || value.as_array().is_some_and(Vec::is_empty);
        return if is_empty { one_line(value) } else { HIDDEN.to_owned() };
    }
    let text = one_line(value);
    if text.chars().count() <= MOST {
        text
    } else {
        text.chars().take(MOST).chain("…".chars()).collect()
    }
}

/// `value` as TOML without line breaks, which toml's own `Display` puts into some texts.
fn one_line(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => quoted(text),
        toml::Value::Array(items) => {
            format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        toml::Value::Table(table) => {
            let members = table
                .iter()
                .map(|(name, value)| format!("{} = {}", shown_name(name), one_line(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The name of a key as TOML: in quotes where it needs some. A dot in it is then none between
/// two names.
pub(super) fn shown_name(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// `text` as a TOML string on one line, nothing in it that acts on a terminal.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was asked for by name does not exist.
    #[error("{}: no such file ({named_by} names it)", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What named it: `--config` or `PHOEBED_CONFIG`.
        named_by: &'static str,
    },
    /// A file exists and cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file was read, and this is wrong; never empty.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
