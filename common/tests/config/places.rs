//! Default places and relative paths.

use phoebed_common::config::{Config, Environment, Overrides, engine_places};

use crate::{read, read_in, refused_in, user, user_with};

fn defaults(environment: &Environment) -> Config {
    Config::defaults(environment, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// State directory, socket, interpreter, database.
fn places(config: &Config) -> [&str; 4] {
    [&config.state.directory, &config.admin.socket, &config.engine.python, &config.database.path]
        .map(|path| path.to_str().expect("a path in UTF-8"))
}

#[test]
fn an_ordinary_users_places_are_below_home() {
    let state = "/home/u/.local/state/phoebed";
    let expected = [
        state,
        "/home/u/.local/state/phoebed/admin.sock",
        "/home/u/.local/state/phoebed/venv/bin/python",
        "/home/u/.local/state/phoebed/data/sessions.db",
    ];
    assert_eq!(places(&defaults(&user(&[]))), expected);
}

#[test]
fn root_and_systemd_use_the_systems_places() {
    let root = Environment { is_root: true, ..user_with("XDG_STATE_HOME", "/elsewhere") };
    let service = Environment { under_systemd: true, ..user_with("XDG_RUNTIME_DIR", "/run/u") };
    for environment in [root, service] {
        let [state, socket, _, database] = places(&defaults(&environment)).map(str::to_owned);
        assert_eq!(state, "/var/lib/phoebed");
        assert_eq!(socket, "/run/phoebed/admin.sock");
        assert_eq!(database, "/var/lib/phoebed/data/sessions.db");
    }
}

#[test]
fn the_xdg_variables_are_honoured_when_they_are_absolute() {
    let socket = |value| defaults(&user_with("XDG_RUNTIME_DIR", value)).admin.socket;
    assert_eq!(socket("/run/user/7").to_str(), Some("/run/user/7/phoebed/admin.sock"));
    assert!(socket("run").starts_with("/home/u/.local/state"));
    let state = |value| defaults(&user_with("XDG_STATE_HOME", value)).state.directory;
    assert_eq!(state("/s").to_str(), Some("/s/phoebed"));
    assert!(state("").starts_with("/home/u"));
}

#[test]
fn the_packaged_interpreter_goes_before_the_checkouts() {
    let packaged = "/home/u/.local/state/phoebed/venv/bin/python";
    let config = defaults(&user(&[packaged, "/here/.venv/bin/python"]));
    assert_eq!(config.engine.python.to_str(), Some(packaged));
    let config = defaults(&user(&["/here/.venv/bin/python"]));
    assert_eq!(config.engine.python.to_str(), Some("/here/.venv/bin/python"));
}

#[test]
fn the_engine_is_looked_for_where_the_daemon_has_it() {
    let environment = user(&[]);
    let places = engine_places(None, &environment).unwrap().unwrap();
    assert_eq!(places.packaged.to_str(), Some("/home/u/.local/state/phoebed/venv"));
    assert_eq!(places.python, places.packaged.join("bin/python"));

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    // Right for the daemon only: its secret is in the unit.
    let text = "[state]\ndirectory = \"/srv/p\"\n[engine]\npython = \"~/v/python\"\n\
                [auth]\nmode = \"jwt\"";
    std::fs::write(&file, text).unwrap();
    let environment = user(&[file.to_str().unwrap()]);
    let places = engine_places(Some(file.clone()), &environment).unwrap().unwrap();
    assert_eq!(places.packaged.to_str(), Some("/srv/p/venv"));
    assert_eq!(places.python.to_str(), Some("/home/u/v/python"));

    // It may name another place.
    std::fs::write(&file, format!("{text} jwt")).unwrap();
    let error = engine_places(Some(file), &environment).unwrap_err().to_string();
    assert!(error.contains("config.toml:6"), "{error}");
    assert!(engine_places(Some("/gone.toml".into()), &environment).is_err());
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let config = read(
        "[state]\ndirectory = \"../s\"\n[admin]\nsocket = \"./a.sock\"\n[engine]\n\
         python = \"~/v/python\"\n[database]\npath = \"db/log.db\"",
    );
    let expected = ["/etc/x/../s", "/etc/x/a.sock", "/home/u/v/python", "/etc/x/db/log.db"];
    assert_eq!(places(&config), expected);
    assert_eq!(places(&read(""))[3], "/etc/x/data/sessions.db");
    assert_eq!(places(&read("[database]\npath = \"/srv/log.db\""))[3], "/srv/log.db");
}

#[test]
fn what_depends_on_the_state_directory_follows_the_one_that_is_set() {
    let environment = user(&["/srv/p/venv/bin/python"]);
    let config = read_in("[state]\ndirectory = \"/srv/p\"", &environment).unwrap();
    assert_eq!(places(&config)[1..3], ["/srv/p/admin.sock", "/srv/p/venv/bin/python"]);
}

#[test]
fn a_bare_interpreter_name_is_left_to_path() {
    let config = read("[engine]\npython = \"python3\"");
    assert_eq!(config.engine.python.to_str(), Some("python3"));
}

#[test]
fn without_a_home_the_state_directory_must_be_set() {
    let homeless = Environment { variables: [].into(), ..user(&[]) };
    let lines = refused_in("", &homeless);
    assert!(lines[0].contains("state.directory = \"\": must be set"), "{lines:?}");
    read_in("[state]\ndirectory = \"/srv/p\"", &homeless).unwrap();
}

#[test]
fn certificate_and_key_are_systemds_credentials_unless_they_are_set() {
    let files = ["/run/c/tls_certificate", "/run/c/tls_key"];
    let with = |files: &[&str], text: &str| {
        let mut environment = user(files);
        environment.variables.insert("CREDENTIALS_DIRECTORY".into(), "/run/c".into());
        read_in(text, &environment)
    };
    let shown = |config: &Config| {
        let tls = config.server.tls()?;
        Some([tls.certificate, tls.key].map(|path| path.to_str().unwrap().to_owned()))
    };
    assert_eq!(shown(&with(&files, "").unwrap()), Some(files.map(str::to_owned)));
    assert_eq!(shown(&with(&[], "").unwrap()), None);
    let set = with(&files, "server.tls_certificate = \"tls/c.pem\"").unwrap();
    assert_eq!(shown(&set), Some(["/etc/x/tls/c.pem", files[1]].map(str::to_owned)));
    let off = with(&files, "[server]\ntls_certificate = \"\"\ntls_key = \"\"").unwrap();
    assert_eq!(shown(&off), None);
    let half = with(&files[..1], "").unwrap_err().to_string();
    assert!(half.contains("server.tls_key") && half.contains("both"), "{half}");
    let half = with(&[], "server.tls_key = \"k\"").unwrap_err().to_string();
    assert!(half.contains("server.tls_certificate = \"\": must be set"), "{half}");
}
