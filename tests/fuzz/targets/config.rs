//! The configuration from text: problems point at a line of the text, and what loads can be
//! listed, and the listing read again, without a change.

use std::path::Path;
use std::sync::Arc;

use phoebed_common::config::{Config, ConfigError, Entry, Environment, Origin, Overrides, Problem};

/// Checks what becomes of `input` as a configuration file.
pub fn check(input: &[u8]) {
    // The daemon reads the file as text; what is none is refused before.
    let Ok(text) = std::str::from_utf8(input) else { return };
    let config = match read(text) {
        Ok(config) => config,
        Err(ConfigError::Invalid(problems)) => {
            assert!(!problems.is_empty(), "refused without a reason");
            return problems.iter().for_each(|problem| names_its_place(text, problem));
        }
        Err(other) => panic!("{other}"),
    };
    config.warnings.iter().for_each(|warning| names_its_place(text, warning));
    let entries = config.entries();
    for entry in &entries {
        line_of(text, &entry.origin);
        one_line(&entry.value);
    }
    let whole = |entry: &&Entry| !entry.value.ends_with('…');
    let listing: String = entries.iter().filter(whole).map(line).collect();
    let again = read(&listing).unwrap_or_else(|error| panic!("{error}\nin the list\n{listing}"));
    for (before, after) in entries.iter().zip(again.entries()).filter(|(entry, _)| whole(entry)) {
        assert_eq!((before.key, &before.value), (after.key, &after.value), "read again");
    }
}

fn read(text: &str) -> Result<Config, ConfigError> {
    let surroundings = Environment {
        variables: [("HOME".into(), "/home/u".into())].into(),
        is_root: false,
        under_systemd: false,
        cwd: "/somewhere".into(),
        ephemeral_ports: Some(32768..=60999),
        exists: Arc::new(|_| false),
    };
    Config::from_text(text, Path::new("/etc/c.toml"), &surroundings, &Overrides::default())
}

/// A line of the file for an entry; a hidden secret becomes another one.
fn line(entry: &Entry) -> String {
    let another = match entry.key {
        "auth.jwt_previous_secret_keys" => "[\"another secret, long enough for HS256\"]",
        _ => "\"another secret, long enough for HS256\"",
    };
    let is_hidden = entry.secret && !["\"\"", "[]"].contains(&entry.value.as_str());
    let value = if is_hidden { another } else { &entry.value };
    format!("{} = {value}\n", entry.key)
}

/// The line that an origin names, which must be one of the text; none when it names no line.
fn line_of<'a>(text: &'a str, origin: &Origin) -> Option<&'a str> {
    match origin {
        Origin::File { line, .. } => {
            let found = line.checked_sub(1).and_then(|before| text.split('\n').nth(before));
            Some(found.unwrap_or_else(|| panic!("the text has no line {line}")))
        }
        Origin::Default => None,
        other @ (Origin::Environment(_) | Origin::CommandLine(_)) => panic!("not from {other}"),
    }
}

fn names_its_place(text: &str, problem: &Problem) {
    one_line(&problem.to_string());
    let Some(line) = line_of(text, &problem.origin) else {
        return assert!(problem.key.is_some(), "neither line nor key: {problem}");
    };
    // A key may be written in many ways when it is quoted.
    if let Some(key) = problem.key.as_deref().filter(|_| !text.contains(['"', '\'', '\\'])) {
        let name = key.rsplit('.').next().unwrap_or(key);
        assert!(line.contains(name), "{name} is not in the line {line:?}");
    }
}

fn one_line(text: &str) {
    assert!(!text.contains(char::is_control), "goes to a terminal: {text:?}");
}
