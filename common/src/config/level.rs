//! Log levels under Python's names.

use std::fmt;

/// A log level under Python's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// More than Python has: every step.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What happened.
    Info,
    /// What is not as it should be.
    Warning,
    /// What failed.
    Error,
    /// What stops the service; only a threshold here, phoebed logs such things as errors.
    Critical,
}

impl Level {
    /// The names that [`Level::parse`] takes, as an error lists them.
    pub const ALLOWED: &str = "TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL";

    /// Reads a name in any case; WARN and FATAL are Python's own short and old forms.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "TRACE" => Self::Trace,
            "DEBUG" => Self::Debug,
            "INFO" => Self::Info,
            "WARNING" | "WARN" => Self::Warning,
            "ERROR" => Self::Error,
            "CRITICAL" | "FATAL" => Self::Critical,
            _ => return None,
        })
    }

    /// Python's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }

    /// Python's number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Trace => 5,
            Self::Debug => 10,
            Self::Info => 20,
            Self::Warning => 30,
            Self::Error => 40,
            Self::Critical => 50,
        }
    }

    /// The level for a record of the `log` facade, which ends at errors.
    pub const fn to_log(self) -> log::Level {
        match self {
            Self::Trace => log::Level::Trace,
            Self::Debug => log::Level::Debug,
            Self::Info => log::Level::Info,
            Self::Warning => log::Level::Warn,
            Self::Error | Self::Critical => log::Level::Error,
        }
    }

    /// The threshold for the `log` facade; `Critical` still shows errors, the most it has.
    pub const fn filter(self) -> log::LevelFilter {
        match self {
            Self::Trace => log::LevelFilter::Trace,
            Self::Debug => log::LevelFilter::Debug,
            Self::Info => log::LevelFilter::Info,
            Self::Warning => log::LevelFilter::Warn,
            Self::Error | Self::Critical => log::LevelFilter::Error,
        }
    }
}

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Trace => Self::Trace,
            log::Level::Debug => Self::Debug,
            log::Level::Info => Self::Info,
            log::Level::Warn => Self::Warning,
            log::Level::Error => Self::Error,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_names_are_read_in_any_case_and_with_the_short_forms() {
        assert_eq!(Level::parse("info"), Some(Level::Info));
        assert_eq!(Level::parse("Warn"), Some(Level::Warning));
        assert_eq!(Level::parse("FATAL"), Some(Level::Critical));
        assert_eq!(Level::parse("loud"), None);
    }

    #[test]
    fn every_level_reads_its_own_name_and_keeps_the_order_of_the_numbers() {
        let levels = [
            Level::Trace,
            Level::Debug,
            Level::Info,
            Level::Warning,
            Level::Error,
            Level::Critical,
        ];
        for level in levels {
            assert_eq!(Level::parse(level.as_str()), Some(level));
            assert!(Level::ALLOWED.contains(level.as_str()));
        }
        assert!(levels.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(levels.windows(2).all(|pair| pair[0].number() < pair[1].number()));
    }
}
