//! Where `phoebectl` looks for the daemon.

use std::fs;
use std::path::PathBuf;

use phoebed_common::config::{Environment, socket_candidates};

use crate::{user, user_with};

fn candidates(config: Option<PathBuf>, environment: &Environment) -> Vec<(String, &'static str)> {
    socket_candidates(None, config, environment)
        .into_iter()
        .map(|candidate| (candidate.path.display().to_string(), candidate.source))
        .collect()
}

#[test]
fn without_a_file_the_system_the_runtime_and_the_state_directory_are_tried() {
    let environment = user_with("XDG_RUNTIME_DIR", "/run/user/7");
    let expected = [
        ("/run/phoebed/admin.sock", "system service"),
        ("/run/user/7/phoebed/admin.sock", "XDG_RUNTIME_DIR"),
        ("/home/u/.local/state/phoebed/admin.sock", "state directory"),
    ];
    assert_eq!(candidates(None, &environment), expected.map(|(a, b)| (a.to_owned(), b)));
}

#[test]
fn a_named_socket_is_the_only_candidate() {
    let environment = user_with("PHOEBED_SOCKET", "/tmp/b.sock");
    let named = socket_candidates(Some("a.sock".into()), None, &environment);
    assert_eq!(named.len(), 1);
    assert_eq!(named[0].path.to_str(), Some("/here/a.sock"));
    assert_eq!(candidates(None, &environment), [("/tmp/b.sock".to_owned(), "PHOEBED_SOCKET")]);
}

#[test]
fn the_files_socket_goes_first_even_if_the_file_is_right_for_the_daemon_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let text = "[auth]\nmode = \"jwt\"\n[admin]\nsocket = \"a.sock\"\n[state]\ndirectory = \"s\"";
    fs::write(&file, text).unwrap();
    let environment = user(&[file.to_str().unwrap()]);
    let found = candidates(Some(file), &environment);
    let inside = |name: &str| folder.path().join(name).display().to_string();
    assert_eq!(found[0], (inside("a.sock"), "[admin] socket"));
    assert_eq!(found[2], (inside("s/admin.sock"), "state directory"));
}

#[test]
fn a_place_is_tried_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "[admin]\nsocket = \"/run/phoebed/admin.sock\"").unwrap();
    let environment = user(&[file.to_str().unwrap()]);
    assert_eq!(candidates(Some(file), &environment).len(), 2);
}
