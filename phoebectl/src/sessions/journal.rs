//! What the systemd journal holds of a session, read by `journalctl`.

use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::console::Console;

/// A line of the daemon's log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// When, Unix seconds.
    pub timestamp: f64,
    /// How grave.
    pub level: &'static str,
    /// What it says.
    pub message: String,
}

/// As `journalctl -o json` writes it: every value is a text, or numbers where it is none.
#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    microseconds: String,
    #[serde(rename = "PRIORITY", default)]
    priority: Option<String>,
    #[serde(rename = "MESSAGE", default)]
    message: Option<Message>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Message {
    Text(String),
    Bytes(Vec<u8>),
}

/// The latest lines that this user's daemon has logged of a session, oldest first. The error says
/// why they cannot be read.
pub async fn read(
    session_id: &str,
    uid: u32,
    limit: usize,
    console: &Console,
) -> Result<Vec<Line>, String> {
    let mut command = Command::new("journalctl");
    command.args(["--no-pager", "--output=json"]).arg(format!("--lines={limit}"));
    // The user is vouched for by the journal: nobody else can put lines under a session.
    command.arg(format!("_UID={uid}")).arg(format!("SESSION_ID={session_id}"));
    let environment = console.environment();
    command.env_clear().envs(&environment.variables).stdin(Stdio::null());
    let output =
        command.output().await.map_err(|error| format!("cannot run journalctl: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("journalctl: {}", said.lines().next().unwrap_or("it failed")));
    }
    // Without records it may say so, behind two dashes.
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{"));
    let lines: Vec<&[u8]> = lines.collect();
    if lines.is_empty() && !output.stderr.is_empty() {
        // Such as that this user sees no messages of the system.
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.lines().map(str::trim).collect();
        return Err(format!("journalctl: {}", said.join(" ")));
    }
    let lines =
        lines.into_iter().map(|line| serde_json::from_slice::<Record>(line).map(Line::from));
    lines.collect::<Result<_, _>>().map_err(|error| format!("journalctl: {error}"))
}

impl From<Record> for Line {
    fn from(Record { microseconds, priority, message }: Record) -> Self {
        Self {
            timestamp: microseconds.parse::<f64>().unwrap_or(0.0) / 1e6,
            level: level(priority.as_deref()),
            message: match message {
                Some(Message::Text(text)) => text,
                Some(Message::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
                // journalctl leaves out what is very long.
                None => "(too long to be shown)".to_owned(),
            },
        }
    }
}

fn level(priority: Option<&str>) -> &'static str {
    match priority {
        Some("0" | "1" | "2") => "CRITICAL",
        Some("3") => "ERROR",
        Some("4") => "WARNING",
        Some("7") => "DEBUG",
        _ => "INFO",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_whatever_its_message_is() {
        let read = |message: &str| {
            let text = format!(
                r#"{{"__REALTIME_TIMESTAMP":"1500000","PRIORITY":"4","_PID":"7"{message}}}"#
            );
            Line::from(serde_json::from_str::<Record>(&text).unwrap())
        };
        let line = read(r#","MESSAGE":"worker 7: hot""#);
        assert_eq!((line.timestamp, line.level), (1.5, "WARNING"));
        assert_eq!(line.message, "worker 7: hot");
        assert_eq!(read(r#","MESSAGE":[104,255]"#).message, "h\u{fffd}");
        assert!(read(r#","MESSAGE":null"#).message.contains("too long"));
    }
}
