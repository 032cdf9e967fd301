//! The journal: what it calls the fields of a record, and how grave it takes one to be.

use log::kv::{Error, Key, Value, VisitSource};
use log::{Level, Log, Record};
use systemd_journal_logger::{JournalLog, connected_to_journal};

/// Whether standard error goes to the journal.
pub fn is_standard_error() -> bool {
    connected_to_journal()
}

/// A connection to the journal.
pub struct Journal(JournalLog);

impl Journal {
    /// The journal, when standard error goes there.
    pub fn connect() -> Option<Self> {
        if !connected_to_journal() {
            return None;
        }
        Some(Self(JournalLog::new().ok()?.with_syslog_identifier("phoebed".to_owned())))
    }

    /// Sends a record with its key-values as fields.
    pub fn log(&self, record: &Record<'_>) {
        let fields = fields(record);
        self.0.log(
            &Record::builder()
                .args(*record.args())
                .level(level(record.level()))
                .target(record.target())
                .module_path(record.module_path())
                .file(record.file())
                .line(record.line())
                .key_values(&fields)
                .build(),
        );
    }
}

/// The level whose priority fits: the library makes a notice (5) of what only informs.
fn level(level: Level) -> Level {
    match level {
        Level::Error | Level::Warn => level,
        // 6, info, and 7, debug.
        Level::Info => Level::Debug,
        Level::Debug | Level::Trace => Level::Trace,
    }
}

/// The key-values under the names by which the journal is searched; nothing of what is not there.
fn fields(record: &Record<'_>) -> Vec<(String, String)> {
    let mut fields = Fields::default();
    // Cannot fail: the visitor never does.
    let _ = record.key_values().visit(&mut fields);
    fields.0
}

#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let text = value.to_string();
        if !text.is_empty() && text != "None" {
            self.0.push((name(key.as_str()).to_owned(), text));
        }
        Ok(())
    }
}

/// `SESSION_ID=…` and `USER_ID=…` find all that is about a session or a user; the library makes
/// capitals of it.
fn name(key: &str) -> &str {
    match key {
        "session" => "session_id",
        "user" => "user_id",
        "request" => "request_id",
        "pid" => "process_id",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_names_that_are_searched_for_and_absent_ones_are_left_out() {
        let nobody: Option<&str> = None;
        let pairs: &[(&str, Value<'_>)] = &[
            ("session", Value::from("s1")),
            ("user", Value::from_debug(&nobody)),
            ("port", Value::from(6560)),
            ("agent", Value::from("")),
        ];
        let record = Record::builder().args(format_args!("started")).key_values(&pairs).build();
        let expected = [("session_id", "s1"), ("port", "6560")];
        assert_eq!(fields(&record), expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[test]
    fn each_level_has_the_priority_of_that_name() {
        let levels = [Level::Error, Level::Warn, Level::Info, Level::Debug].map(level);
        // 3, 4, 6 and 7 in the library's table.
        assert_eq!(levels, [Level::Error, Level::Warn, Level::Debug, Level::Trace]);
    }
}
