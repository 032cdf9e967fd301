//! The log: to the journal under systemd, else a line for each record on standard error in the
//! configured Python format, with the record's key-values after its text.

mod journal;

use std::backtrace::BacktraceStatus;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{OnceLock, PoisonError, RwLock};

use jiff::{Timestamp, Zoned};
use log::kv::{Error, Key, Value, VisitSource};
use log::{LevelFilter, Log, Metadata};
use phoebed_common::config::python_format::{Format, Record};
use phoebed_common::config::{Level, Logging};

use journal::Journal;

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Starts logging as configured; a second call is like [`configure`].
pub fn start(logging: &Logging) {
    let mut fresh = false;
    LOGGER.get_or_init(|| {
        fresh = true;
        Logger {
            format: RwLock::new(logging.format.clone()),
            journal: Journal::connect(),
            started: Timestamp::now(),
        }
    });
    if fresh && let Some(logger) = LOGGER.get() {
        // Fails only when the process has a logger already, which then stays.
        let _ = log::set_logger(logger);
    }
    configure(logging);
}

/// Changes level and format from the next record on.
pub fn configure(logging: &Logging) {
    if let Some(logger) = LOGGER.get() {
        *logger.format.write().unwrap_or_else(PoisonError::into_inner) = logging.format.clone();
    }
    log::set_max_level(logging.level.filter());
}

/// Has a panic, which is a bug of ours, be an error of the log as others are.
pub fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string().replace('\n', " ");
        let trace = std::backtrace::Backtrace::capture();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("without a name").to_owned();
        match trace.status() {
            BacktraceStatus::Captured => log::error!(thread; "a bug in phoebed: {text}\n{trace}"),
            _ => log::error!(thread; "a bug in phoebed: {text}"),
        }
    }));
}

/// What lines on standard error begin with that do not come through the log: in the journal the
/// priority of an error (sd-daemon(3)).
pub fn mark_of_errors() -> &'static str {
    if journal::is_standard_error() { "<3>" } else { "" }
}

/// Whether it goes to the journal.
pub fn is_journal() -> bool {
    LOGGER.get().is_some_and(|logger| logger.journal.is_some())
}

struct Logger {
    format: RwLock<Format>,
    journal: Option<Journal>,
    started: Timestamp,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries speak up only when something is wrong.
        let ours = metadata.target().starts_with("phoebe");
        ours || metadata.level() <= LevelFilter::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        if let Some(journal) = &self.journal {
            return journal.log(record);
        }
        let format = self.format.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut line = render(&format, record, &Zoned::now(), self.started);
        line.push('\n');
        // In one write, so that lines of several threads do not mix. Nobody is there to be told
        // when standard error is closed.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    fn flush(&self) {}
}

fn render(format: &Format, record: &log::Record<'_>, now: &Zoned, started: Timestamp) -> String {
    let mut message = record.args().to_string();
    let _ = record.key_values().visit(&mut Pairs(&mut message));
    let thread = std::thread::current();
    format.render(&Record {
        created: now,
        started,
        name: record.target(),
        level: Level::from(record.level()),
        message: &message,
        process: std::process::id(),
        process_name: "phoebed",
        thread: 0,
        thread_name: thread.name().unwrap_or("thread"),
        module: record.module_path(),
        file: record.file(),
        line: record.line(),
    })
}

/// Appends ` key=value`, the value quoted when it would not read as one word.
struct Pairs<'a>(&'a mut String);

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        if value.to_borrowed_str() == Some("") || value.to_string() == "None" {
            return Ok(());
        }
        let text = match value.to_f64() {
            Some(number) if value.to_i64().is_none() => format!("{number:.6}"),
            _ => value.to_string(),
        };
        let one_word = !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"');
        let written = if one_word {
            write!(self.0, " {key}={text}")
        } else {
            write!(self.0, " {key}={text:?}")
        };
        written.map_err(Error::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(record: &log::Record<'_>) -> String {
        let format = Format::parse("%(name)s - %(levelname)s - %(message)s").unwrap();
        render(&format, record, &Zoned::now(), Timestamp::now())
    }

    #[test]
    fn key_values_follow_the_text_and_cannot_forge_a_line() {
        let pairs: &[(&str, Value<'_>)] = &[
            ("session", Value::from("s1")),
            ("agent", Value::from("a\nb \"c\"")),
            ("seconds", Value::from(0.25)),
            ("port", Value::from(6560)),
        ];
        let record = log::Record::builder()
            .target("phoebed")
            .level(log::Level::Warn)
            .args(format_args!("started"))
            .key_values(&pairs)
            .build();
        assert_eq!(
            line(&record),
            r#"phoebed - WARNING - started session=s1 agent="a\nb \"c\"" seconds=0.250000 port=6560"#
        );
    }
}
