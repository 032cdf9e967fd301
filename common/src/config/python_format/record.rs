//! What a log line can show.

use jiff::{Timestamp, Zoned};

use crate::config::level::Level;

/// One log record. Plain data: nothing here looks at the clock or the process.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// When it was made, in the zone in which `asctime` is to be shown.
    pub created: &'a Zoned,
    /// When the process started, for `relativeCreated`.
    pub started: Timestamp,
    /// The logger: for a Rust record its target.
    pub name: &'a str,
    /// The level.
    pub level: Level,
    /// The text.
    pub message: &'a str,
    /// The process id.
    pub process: u32,
    /// The process's name.
    pub process_name: &'a str,
    /// A number for the thread.
    pub thread: u64,
    /// The thread's name.
    pub thread_name: &'a str,
    /// The path of the Rust module, such as `phoebed::sessions`.
    pub module: Option<&'a str>,
    /// The source file's path.
    pub file: Option<&'a str>,
    /// The line in that file.
    pub line: Option<u32>,
}

/// A time as Python's logging shows it: `2026-11-22 20:38:06,123`.
pub fn asctime(created: &Zoned) -> String {
    let millis = created.timestamp().subsec_nanosecond().div_euclid(1_000_000).rem_euclid(1000);
    format!("{},{millis:03}", created.strftime("%Y-%m-%d %H:%M:%S"))
}
