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
        let empty = value.as_str().is_some_and(str::is_empty);
        return if empty { "\"\"".to_owned() } else { HIDDEN.to_owned() };
    }
    let text = value.to_string();
    let one_line: String = text.chars().flat_map(one_line).collect();
    if one_line.chars().count() <= MOST {
        one_line
    } else {
        one_line.chars().take(MOST).chain("…".chars()).collect()
    }
}

fn one_line(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = (!c.is_control()).then_some(c);
    escaped.into_iter().flatten().chain(plain)
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
