//! The Python that runs the zygote: the engine of `phoebectl engine`, or whatever is configured.

use std::io;
use std::path::{Path, PathBuf};

/// The interpreter by the real directory of its environment. The packaged one is a link, which
/// `phoebectl engine upgrade` changes: what runs must not mix two engines.
pub fn in_its_environment(python: &Path) -> PathBuf {
    let real = || Some(python.parent()?.canonicalize().ok()?.join(python.file_name()?));
    real().unwrap_or_else(|| python.to_owned())
}

/// Why it could not be run; a missing engine is told with the command that installs one.
pub fn not_started(python: &Path, error: &io::Error) -> io::Error {
    let shown = python.display();
    let text = match error.kind() {
        io::ErrorKind::NotFound if !python.exists() => {
            format!(
                "there is no engine: {shown} does not exist; run `phoebectl engine install`, or \
                 set engine.python"
            )
        }
        _ => format!("{shown}: {error}"),
    };
    io::Error::new(error.kind(), text)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn an_engine_behind_a_link_is_run_where_it_really_is() {
        let state = tempfile::tempdir().unwrap();
        let bin = state.path().join("engine/first/bin");
        fs::create_dir_all(&bin).unwrap();
        symlink("/usr/bin/python3", bin.join("python")).unwrap();
        symlink("engine/first", state.path().join("venv")).unwrap();
        let python = in_its_environment(&state.path().join("venv/bin/python"));
        // The link to Debian's interpreter stays: it is beside what makes it an environment.
        assert_eq!(python, bin.canonicalize().unwrap().join("python"));
        assert_eq!(in_its_environment(Path::new("python3")), Path::new("python3"));
    }

    #[test]
    fn a_missing_engine_is_told_with_the_command_that_installs_it() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let text = not_started(Path::new("/nonexistent/venv/bin/python"), &missing).to_string();
        assert!(text.contains("there is no engine") && text.contains("phoebectl engine install"));
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(!not_started(Path::new("/bin/sh"), &denied).to_string().contains("no engine"));
    }
}
