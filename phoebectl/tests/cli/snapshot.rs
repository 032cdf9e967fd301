//! Files that hold what is printed. `UPDATE_EXPECTED=1` writes them anew.

use std::path::Path;

use crate::ctl::Said;
use crate::fake_daemon::FakeDaemon;

/// Compares what was said with `snapshots/<name>.txt`; the daemon's folder is `/run/test` there.
pub fn check(name: &str, said: &Said, daemon: &FakeDaemon) {
    let mut text = said.out.clone();
    if !said.err.is_empty() {
        text = format!("{text}--- stderr\n{}", said.err);
    }
    if said.code != 0 {
        text = format!("{text}--- exit code {}\n", said.code);
    }
    let text = text.replace(&daemon.directory().display().to_string(), "/run/test");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
    let file = folder.join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "{} differs; UPDATE_EXPECTED=1 writes it anew", file.display());
}
