//! The configuration file of a running daemon, changed as an operator does it.

use std::path::{Path, PathBuf};

use phoebed_tests::Daemon;

/// The file of this daemon.
pub fn file_of(daemon: &Daemon) -> PathBuf {
    daemon.path().join("phoebed.toml")
}

/// Sets keys (`section.key`, value in TOML) in the daemon's file; the others stay as they are.
#[track_caller]
pub fn set(daemon: &Daemon, keys: &[(&str, &str)]) {
    let mut text = read(&file_of(daemon));
    for (key, value) in keys {
        text = with(&text, key, value);
    }
    std::fs::write(file_of(daemon), text).expect("the configuration file");
}

/// The text of a file.
#[track_caller]
pub fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("the configuration file")
}

/// The text with this key set.
fn with(text: &str, key: &str, value: &str) -> String {
    let (section, key) = key.split_once('.').expect("section.key");
    let (head, line) = (format!("[{section}]"), format!("{key} = {value}"));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let Some(from) = lines.iter().position(|line| *line == head) else {
        return format!("{text}{head}\n{line}\n");
    };
    let end = lines[from + 1..].iter().position(|line| line.starts_with('['));
    let end = end.map_or(lines.len(), |end| from + 1 + end);
    let is_it = |line: &String| line.split(" = ").next() == Some(key);
    match lines[from..end].iter().position(is_it) {
        Some(at) => lines[from + at] = line,
        None => lines.insert(end, line),
    }
    lines.join("\n") + "\n"
}

/// A whole file for a program that runs without the harness: its files are in this directory.
pub fn alone(directory: &Path, database: &Path) -> PathBuf {
    let quoted = |path: &Path| format!("'{}'", path.display());
    let text = format!(
        "[server]\nport = 0\n[state]\ndirectory = {}\n[admin]\nsocket = {}\n[engine]\n\
         python = {}\n[database]\npath = {}\n",
        quoted(&directory.join("state")),
        quoted(&directory.join("admin.sock")),
        quoted(&phoebed_tests::python()),
        quoted(database),
    );
    let file = directory.join("alone.toml");
    std::fs::write(&file, text).expect("a configuration file");
    file
}

#[test]
fn keys_are_set_in_their_sections() {
    let text = "[a]\nx = 1\n[b]\nx = 1\n";
    assert_eq!(with(text, "b.x", "2"), "[a]\nx = 1\n[b]\nx = 2\n");
    assert_eq!(with(text, "a.y", "2"), "[a]\nx = 1\ny = 2\n[b]\nx = 1\n");
    assert_eq!(with(text, "c.x", "2"), "[a]\nx = 1\n[b]\nx = 1\n[c]\nx = 2\n");
}
