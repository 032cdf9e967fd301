//! Where the programs under test and the engine are.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the tests are a member of the workspace").to_owned()
}

/// The program `phoebed` or `phoebectl`: what `PHOEBED_BIN` or `PHOEBECTL_BIN` names, else the
/// release build.
///
/// # Panics
/// When it is not built.
pub fn binary(name: &str) -> PathBuf {
    let variable = format!("{}_BIN", name.to_uppercase());
    let path = match std::env::var_os(&variable) {
        Some(path) => PathBuf::from(path),
        None => workspace().join("target/release").join(name),
    };
    assert!(path.is_file(), "{} is not built\nhint: run `make build`", path.display());
    path
}

/// The interpreter that has phoebe.
///
/// # Panics
/// When it is not set up.
pub fn python() -> PathBuf {
    let path = workspace().join(".venv/bin/python");
    assert!(path.exists(), "{} is not there\nhint: run `make build`", path.display());
    path
}
