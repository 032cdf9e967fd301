//! Secrets in a configuration file that everybody on the machine can read.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Config;
use super::problem::{Origin, Problem};

const OTHERS_READ: u32 = 0o004;

/// A warning for each secret that the file gives away; none where its mode keeps others out.
pub(super) fn warnings(config: &Config, file: &Path) -> Vec<Problem> {
    let mode = fs::metadata(file).map_or(0, |found| found.mode());
    if mode & OTHERS_READ == 0 {
        return Vec::new();
    }
    let file = file.display();
    let reason = format!(
        "everybody on this machine can read it: `chmod o-r {file}` (and `chgrp` it to the daemon's \
         group, where that is not its owner), or set it as a systemd credential"
    );
    let given = |origin: &Origin| matches!(origin, Origin::File { .. });
    let secrets = config.entries().into_iter().filter(|entry| entry.secret && given(&entry.origin));
    let warning = |entry: super::Entry| Problem {
        origin: entry.origin,
        key: Some(entry.key.to_owned()),
        value: Some(entry.value),
        reason: reason.clone(),
    };
    secrets.map(warning).collect()
}
