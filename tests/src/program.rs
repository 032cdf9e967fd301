//! A run of `phoebed` that comes to an end by itself.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{binary, eventually};

/// What a program left behind.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit status; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs `phoebed` in a directory, with an environment of these variables alone, until it ends.
///
/// # Panics
/// When it does not end.
#[track_caller]
pub fn run_phoebed(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
    let file = |name: &str| {
        let path = directory.join(name);
        (std::fs::File::create(&path).expect("an output file"), path)
    };
    // Files, because a full pipe would hold the program up.
    let ((out, out_path), (err, err_path)) = (file("stdout"), file("stderr"));
    let mut command = Command::new(binary("phoebed"));
    command.args(arguments).current_dir(directory).env_clear().env("HOME", directory);
    command.envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(out).stderr(err);
    let mut child = command.spawn().expect("phoebed can be run");
    let status = eventually("phoebed ends", || child.try_wait().expect("a child"));
    let read = |path| std::fs::read_to_string(path).expect("text");
    Finished { code: status.code(), stdout: read(out_path), stderr: read(err_path) }
}
