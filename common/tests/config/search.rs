//! Where the file is looked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use phoebed_common::config::{Config, ConfigError, Environment, Overrides, find_file};
use proptest::prelude::*;

use crate::user;

const USUAL: [&str; 3] =
    ["/etc/phoebed/config.toml", "/home/u/.config/phoebed/config.toml", "/here/config.toml"];

#[test]
fn the_file_named_by_the_option_goes_before_the_variables() {
    let mut environment = user(&["/here/a.toml", "/b.toml", USUAL[0]]);
    environment.variables.insert("PHOEBED_CONFIG".into(), "/b.toml".into());
    let found = |option| find_file(option, &environment).unwrap().unwrap();
    assert_eq!(found(Some(PathBuf::from("a.toml"))), Path::new("/here/a.toml"));
    assert_eq!(found(None), Path::new("/b.toml"));
}

#[test]
fn a_named_file_that_is_missing_is_an_error_that_says_who_named_it() {
    let mut environment = user(&USUAL);
    let error = find_file(Some(PathBuf::from("a.toml")), &environment).unwrap_err();
    assert_eq!(error.to_string(), "/here/a.toml: no such file (--config names it)");
    environment.variables.insert("PHOEBED_CONFIG".into(), "/b.toml".into());
    let error = find_file(None, &environment).unwrap_err();
    assert_eq!(error.to_string(), "/b.toml: no such file (PHOEBED_CONFIG names it)");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_not_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let overrides = Overrides { config: Some(folder.path().to_path_buf()), ..Overrides::default() };
    let environment = real(folder.path());
    let error = Config::load(&environment, &overrides).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
}

#[test]
fn loading_reads_the_file_that_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let environment = real(folder.path());
    let path = folder.path().join("config.toml");
    fs::write(&path, "[server]\nport = 8123\n").unwrap();
    let config = Config::load(&environment, &Overrides::default()).unwrap();
    assert_eq!((config.server.port, config.file), (8123, Some(path.clone())));
    fs::write(&path, b"[server]\n# \xff\n").unwrap();
    let error = Config::load(&environment, &Overrides::default()).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
    fs::remove_file(&path).unwrap();
    let config = Config::load(&environment, &Overrides::default()).unwrap();
    assert_eq!((config.server.port, config.file), (8001, None));
}

#[test]
fn a_secret_in_a_file_that_everybody_reads_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "[auth]\nmode = \"password\"\npassword = \"correct horse\"\n").unwrap();
    let warnings = |mode: u32| {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let config = Config::load(&real(folder.path()), &Overrides::default()).unwrap();
        config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let told = warnings(0o644);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("config.toml:3: auth.password") && told[0].contains("chmod o-r"));
    assert!(!told[0].contains("horse"));
    assert!(warnings(0o640).is_empty());
}

/// The file system as it is, seen from `cwd`, without the machine's own configuration.
fn real(cwd: &Path) -> Environment {
    let inside = cwd.to_path_buf();
    let mut environment = user(&[]);
    environment.cwd = cwd.to_path_buf();
    environment.exists =
        std::sync::Arc::new(move |path| path.starts_with(&inside) && path.exists());
    environment
}

proptest! {
    #[test]
    fn the_first_usual_place_that_exists_is_taken(there in prop::array::uniform3(any::<bool>())) {
        let places = USUAL.into_iter().zip(there);
        let files: Vec<&str> = places.filter_map(|(path, there)| there.then_some(path)).collect();
        let found = find_file(None, &user(&files)).unwrap();
        prop_assert_eq!(found, files.first().map(PathBuf::from));
    }
}
