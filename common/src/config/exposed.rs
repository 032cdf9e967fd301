//! Secrets in a configuration file that everybody on the machine can read.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::problem::{Origin, Problem};
use super::secret::HIDDEN;
use super::{Config, Entry};

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
    // One that is empty is shown as it is.
    let is_given = |entry: &Entry| {
        entry.secret && entry.value == HIDDEN && matches!(entry.origin, Origin::File { .. })
    };
    let secrets = config.entries().into_iter().filter(is_given);
    let warning = |entry: Entry| Problem {
        origin: entry.origin,
        key: Some(entry.key.to_owned()),
        value: Some(entry.value),
        reason: reason.clone(),
    };
    secrets.map(warning).collect()
}
