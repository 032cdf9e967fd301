//! The default file is the manual: it says what the code does, on every key.

use std::path::Path;

use phoebed_common::config::{Config, DEFAULT_FILE, Overrides};

use crate::{lines, user};

/// Where the relative paths of a file mean the same as without a file.
const IN_STATE: &str = "/home/u/.local/state/phoebed/config.toml";

fn read(text: &str) -> Config {
    Config::from_text(text, Path::new(IN_STATE), &user(&[]), &Overrides::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn uncommented() -> String {
    let is_key = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
    let bare = |line: &'static str| line.strip_prefix('#').filter(|rest| is_key(rest));
    DEFAULT_FILE.lines().map(|line| bare(line).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_default_file_gives_exactly_the_defaults() {
    let defaults = Config::defaults(&user(&[]), &Overrides::default()).unwrap();
    let written = read(DEFAULT_FILE);
    assert_eq!(defaults.changes_to(&written), vec![]);
    assert!(written.warnings.is_empty(), "{:?}", lines(&written.warnings));
}

#[test]
fn every_key_of_the_code_is_in_the_default_file_and_no_other() {
    let table: toml::Table = uncommented().parse().unwrap();
    let mut written: Vec<String> = Vec::new();
    for (section, keys) in &table {
        written.extend(keys.as_table().unwrap().keys().map(|key| format!("{section}.{key}")));
    }
    let entries = read(DEFAULT_FILE).entries();
    let mut known: Vec<_> = entries.iter().map(|entry| entry.key.to_owned()).collect();
    known.push("server.workers".to_owned());
    known.sort();
    written.sort();
    assert_eq!(written, known);
}

#[test]
fn what_is_commented_out_can_be_uncommented() {
    let config = read(&uncommented());
    assert_eq!(config.admin.socket.to_str(), Some("/run/phoebed/admin.sock"));
    assert_eq!(config.state.directory.to_str(), Some("/var/lib/phoebed"));
    let warnings = lines(&config.warnings);
    assert!(matches!(&warnings[..], [only] if only.contains("server.workers")), "{warnings:?}");
}

#[test]
fn the_file_says_of_each_key_whether_a_reload_applies_it() {
    use phoebed_common::config::Reload;
    let entries = read(DEFAULT_FILE).entries();
    let mut section = "";
    let mut live = false;
    for line in DEFAULT_FILE.lines() {
        let line = line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line);
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if line.is_empty() {
            live = false;
        } else if line.starts_with('#') {
            live |= line.starts_with("# (live)");
        } else if let Some((key, _)) = line.split_once(" = ") {
            let name = format!("{section}.{key}");
            let Some(entry) = entries.iter().find(|entry| entry.key == name) else { continue };
            assert_eq!(entry.reload == Reload::Live, live, "{name}");
        }
    }
}
