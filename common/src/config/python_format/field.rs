//! The fields that a format may name.

use super::record::{Record, asctime};

/// A field of a log record, under Python's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Local time, such as `2026-11-22 20:38:06,123`.
    Asctime,
    /// Unix seconds.
    Created,
    /// The source file's name.
    Filename,
    /// The function, which Rust does not tell.
    FuncName,
    /// The level's name.
    Levelname,
    /// The level's number.
    Levelno,
    /// The line in the source file.
    Lineno,
    /// The text.
    Message,
    /// The last part of the Rust module.
    Module,
    /// The milliseconds of the time.
    Msecs,
    /// The logger.
    Name,
    /// The source file's path.
    Pathname,
    /// The process id.
    Process,
    /// The process's name.
    ProcessName,
    /// Milliseconds since the process started.
    RelativeCreated,
    /// A number for the thread.
    Thread,
    /// The thread's name.
    ThreadName,
}

/// A field's value, as Python would hold it.
pub(super) enum Value<'a> {
    Text(std::borrow::Cow<'a, str>),
    Whole(i64),
    Real(f64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl Field {
    pub(super) const ALL: [(&'static str, Self); 17] = [
        ("asctime", Self::Asctime),
        ("created", Self::Created),
        ("filename", Self::Filename),
        ("funcName", Self::FuncName),
        ("levelname", Self::Levelname),
        ("levelno", Self::Levelno),
        ("lineno", Self::Lineno),
        ("message", Self::Message),
        ("module", Self::Module),
        ("msecs", Self::Msecs),
        ("name", Self::Name),
        ("pathname", Self::Pathname),
        ("process", Self::Process),
        ("processName", Self::ProcessName),
        ("relativeCreated", Self::RelativeCreated),
        ("thread", Self::Thread),
        ("threadName", Self::ThreadName),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// Whether the value is a number, as `d`, `x` and `f` want it.
    pub(super) const fn is_number(self) -> bool {
        self.is_whole() || matches!(self, Self::Created | Self::Msecs | Self::RelativeCreated)
    }

    /// Whether the value is a whole number, as `x` wants it.
    pub(super) const fn is_whole(self) -> bool {
        matches!(self, Self::Levelno | Self::Lineno | Self::Process | Self::Thread)
    }

    /// The value in `record`; what is not known reads as in Python.
    pub(super) fn value<'a>(self, record: &Record<'a>) -> Value<'a> {
        let timestamp = record.created.timestamp();
        match self {
            Self::Asctime => Value::Text(asctime(record.created).into()),
            Self::Created => Value::Real(timestamp.as_nanosecond() as f64 / 1e9),
            Self::Filename => last_part(record.file, '/').unwrap_or("(unknown file)").into(),
            Self::FuncName => "(unknown function)".into(),
            Self::Levelname => record.level.as_str().into(),
            Self::Levelno => Value::Whole(record.level.number().into()),
            Self::Lineno => Value::Whole(record.line.unwrap_or(0).into()),
            Self::Message => record.message.into(),
            Self::Module => last_part(record.module, ':').unwrap_or("(unknown module)").into(),
            Self::Msecs => Value::Real(timestamp.as_millisecond().rem_euclid(1000) as f64),
            Self::Name => record.name.into(),
            Self::Pathname => record.file.unwrap_or("(unknown file)").into(),
            Self::Process => Value::Whole(record.process.into()),
            Self::ProcessName => record.process_name.into(),
            Self::RelativeCreated => {
                let since = timestamp.as_nanosecond() - record.started.as_nanosecond();
                Value::Real(since as f64 / 1e6)
            }
            Self::Thread => Value::Whole(i64::try_from(record.thread).unwrap_or(i64::MAX)),
            Self::ThreadName => record.thread_name.into(),
        }
    }
}

fn last_part(path: Option<&str>, separator: char) -> Option<&str> {
    path?.rsplit(separator).next()
}
