//! Values that must fit each other.

use std::path::Path;

use proptest::prelude::*;

use phoebed_common::config::port_range;

use crate::{lines, read, read_in, refused, user, user_with};

#[test]
fn a_reversed_or_empty_pool_is_refused() {
    for (start, end) in [(6560, 6500), (6560, 6560)] {
        let lines = refused(&format!("[port_pool]\nstart = {start}\nend = {end}"));
        let expected = format!(
            "/etc/x/config.toml:3: port_pool.end = {end}: \
             must be greater than port_pool.start (6560)"
        );
        assert_eq!(lines, [expected]);
    }
    assert!(refused("[port_pool]\nstart = 0")[0].contains("from 1 to 65534"));
}

#[test]
fn a_pool_start_alone_can_reverse_the_pool_and_the_default_end_is_named() {
    let lines = refused("[port_pool]\nstart = 7000");
    assert_eq!(
        lines,
        ["default: port_pool.end = 6590: must be greater than port_pool.start (7000)"]
    );
}

#[test]
fn the_servers_port_may_not_be_in_the_pool() {
    let lines = refused("[server]\nport = 6560");
    assert!(lines[0].contains("server.port = 6560: port 6560 is one of the port pool's"));
    let lines = refused("[server]\nlisten = [\"[::1]:80\", \"127.0.0.1:6589\"]");
    assert!(lines[0].contains("port 6589 is one of the port pool's (6560-6589)"), "{lines:?}");
    assert_eq!(read("[server]\nport = 6590").server.port, 6590);
}

#[test]
fn listen_replaces_host_and_port_and_says_so() {
    let config = read("[server]\nport = 9\nlisten = [\"127.0.0.1:80\", \"[::1]:80\"]");
    let addresses = vec!["127.0.0.1:80".parse().unwrap(), "[::1]:80".parse().unwrap()];
    assert_eq!(config.server.addresses(), addresses);
    let warnings = lines(&config.warnings);
    assert!(warnings[0].contains("server.port = 9: has no effect"), "{warnings:?}");
    assert!(refused("[server]\nlisten = [\"[::1]:80\", \"[::1]:80\"]")[0].contains("twice"));
}

#[test]
fn a_pool_in_the_kernels_range_is_a_warning() {
    let mut environment = user(&[]);
    environment.ephemeral_ports = port_range("32768\t60999\n");
    let config = read_in("[port_pool]\nstart = 40000\nend = 40030", &environment).unwrap();
    assert!(lines(&config.warnings)[0].contains("32768-60999"));
    assert!(read_in("", &environment).unwrap().warnings.is_empty());
    assert_eq!(port_range("32768"), None);
    assert_eq!(port_range("a b"), None);
}

#[test]
fn a_mode_without_its_credentials_is_refused() {
    let lines = refused("[auth]\nmode = \"password\"");
    let expected = "default: auth.password = \"\": must be set in mode \"password\", here or as the \
                    systemd credential \"password\"";
    assert_eq!(lines, [expected]);
    for mode in ["jwt", "external"] {
        for secret in ["", "test"] {
            let text = format!("[auth]\nmode = \"{mode}\"\njwt_secret_key = \"{secret}\"");
            let lines = refused(&text);
            assert!(lines[0].contains("neither empty nor \"test\""), "{lines:?}");
        }
    }
    read("[auth]\njwt_secret_key = \"test\"");
}

#[test]
fn the_variable_goes_before_the_files_secret() {
    let environment = user_with("PHOEBE_JWT_SECRET_KEY", "test");
    let text = "[auth]\nmode = \"jwt\"\njwt_secret_key = \"0123456789abcdef0123456789abcdef\"";
    let lines = crate::refused_in(text, &environment);
    assert!(lines[0].starts_with("environment PHOEBE_JWT_SECRET_KEY: auth.jwt_secret_key"));
}

#[test]
fn a_short_secret_is_a_warning() {
    let config = read("[auth]\nmode = \"jwt\"\njwt_secret_key = \"short\"");
    let warnings = lines(&config.warnings);
    assert!(warnings[0].contains("(hidden): is shorter than the 32 bytes"), "{warnings:?}");
}

#[test]
fn only_an_upstream_issuer_signs_with_a_key_that_this_server_has_not() {
    let jwt = refused("[auth]\nmode = \"jwt\"\njwt_algorithm = \"RS256\"");
    assert!(jwt[0].contains("auth.jwt_algorithm") && jwt[0].contains("HS algorithm"), "{jwt:?}");
    let external = "[auth]\nmode = \"external\"\njwt_algorithm = \"EdDSA\"\n";
    assert!(refused(external)[0].contains("set auth.jwt_public_key_file"));
    let both = format!("{external}jwks_file = \"/a\"\njwks_url = \"https://b.example/c\"");
    assert!(refused(&both)[0].contains("auth.jwks_url"), "{:?}", refused(&both));
    let plain = read(&format!("{external}jwks_url = \"http://b.example/c\""));
    assert!(lines(&plain.warnings)[0].contains("use https"));
    let file = read(&format!("{external}jwt_public_key_file = \"key.pem\""));
    assert_eq!(file.auth.jwt_public_key_file.unwrap(), Path::new("/etc/x/key.pem"));
}

#[test]
fn a_password_in_the_issuers_address_is_refused_and_not_shown() {
    let external = "[auth]\nmode = \"external\"\njwt_algorithm = \"EdDSA\"\n";
    for url in ["https://me:hunter2@x.org/keys", "http://hunter2@x.org?a", "ftp://hunter2@x.org"] {
        let told = refused(&format!("{external}jwks_url = \"{url}\"")).join("\n");
        assert!(told.contains("auth.jwks_url = (hidden): must"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    read(&format!("{external}jwks_url = \"https://x.org/@scope/keys?a=b@c\""));
}

#[test]
fn a_key_without_effect_in_the_mode_is_a_warning_unless_it_is_as_by_default() {
    let long = "k".repeat(32);
    let warned = |text: &str| {
        let warnings = read(&format!("[auth]\n{text}")).warnings;
        let mut keys: Vec<String> = warnings
            .iter()
            .filter(|warning| warning.reason.starts_with("has no effect"))
            .map(|warning| warning.key.clone().unwrap())
            .collect();
        keys.sort();
        keys.join(" ")
    };
    for (text, keys) in [
        ("password = \"x\"", "auth.password"),
        ("registration = \"closed\"", "auth.registration"),
        ("registration = \"open\"\njwt_expire_minutes = 1440\njwt_secret_key = \"\"", ""),
        ("mode = \"password\"\npassword = \"x\"\njwt_expire_minutes = 5", ""),
        (
            "mode = \"password\"\npassword = \"x\"\nmin_password_length = 8\njwks_url = \"https://x\"",
            "auth.jwks_url",
        ),
        (&format!("mode = \"jwt\"\njwt_secret_key = \"{long}\"\nregistration = \"closed\""), ""),
        (
            &format!("mode = \"jwt\"\njwt_secret_key = \"{long}\"\npassword = \"x\""),
            "auth.password",
        ),
        (
            &format!("mode = \"external\"\njwt_secret_key = \"{long}\"\nfailures_per_account = 2"),
            "auth.failures_per_account",
        ),
        (
            &format!("mode = \"external\"\njwt_secret_key = \"{long}\"\njwks_file = \"/a\""),
            "auth.jwks_file",
        ),
        (
            "mode = \"external\"\njwt_algorithm = \"ES256\"\njwks_file = \"/a\"\n\
             jwks_refresh_seconds = 5\njwt_secret_key = \"x\"",
            "auth.jwks_refresh_seconds auth.jwt_secret_key",
        ),
    ] {
        assert_eq!(warned(text), keys, "{text}");
    }
    let told = read("[auth]\npassword = \"hunter2\"");
    let told = lines(&told.warnings);
    let expected = "/etc/x/config.toml:2: auth.password = (hidden): has no effect in mode \"none\"";
    assert_eq!(told, [expected]);
}

#[test]
fn the_keys_may_stand_in_a_file_or_come_as_a_credential() {
    let mode = "[auth]\nmode = \"jwt\"\n";
    let file = read(&format!("{mode}jwt_secret_file = \"keys\""));
    assert_eq!(file.auth.jwt_secret_file.unwrap(), Path::new("/etc/x/keys"));
    let both = format!("{mode}jwt_secret_file = \"keys\"\njwt_secret_key = \"mine\"");
    assert!(refused(&both)[0].contains("only one source of keys"));
    let mut environment = user_with("CREDENTIALS_DIRECTORY", "/run/credentials/phoebed.service");
    environment.exists = std::sync::Arc::new(|path| path.ends_with("jwt_secret_key"));
    let given = read_in(mode, &environment).unwrap().auth.jwt_secret_file.unwrap();
    assert_eq!(given, Path::new("/run/credentials/phoebed.service/jwt_secret_key"));
    let previous = format!("{mode}jwt_secret_key = \"{}\"\n", "k".repeat(32));
    let refused = refused(&format!("{previous}jwt_previous_secret_keys = [\"test\"]"));
    assert!(refused[0].contains("auth.jwt_previous_secret_keys = (hidden)"), "{refused:?}");
}

#[test]
fn the_password_may_come_as_a_credential_and_none_is_shown() {
    let folder = std::env::temp_dir().join(format!("phoebed-credential-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut environment = user_with("CREDENTIALS_DIRECTORY", folder.to_str().unwrap());
    environment.exists = std::sync::Arc::new(std::path::Path::exists);
    let mode = "[auth]\nmode = \"password\"\n";
    let password = |text: &str| read_in(text, &environment).unwrap().auth.password.unwrap();
    let file = folder.join("password");
    assert!(read_in(mode, &environment).is_err(), "there is none");
    std::fs::write(&file, "hunter2\n").unwrap();
    assert_eq!(password(mode).expose(), "hunter2");
    assert_eq!(password(&format!("{mode}password = \"mine\"")).expose(), "mine");
    // Without its mode it is not asked for.
    assert!(read_in("", &environment).unwrap().auth.password.is_none());
    for wrong in ["", "\n", "hunter2\nhunter3\n"] {
        std::fs::write(&file, wrong).unwrap();
        let error = read_in(mode, &environment).unwrap_err().to_string();
        assert!(error.contains("is not one line") && !error.contains("hunter"), "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_check_outside_the_service_sees_what_systemd_has_given_to_it() {
    let folder = "/run/credentials/phoebed.service";
    let root = user(&[folder, &format!("{folder}/jwt_secret_key")]);
    let mode = "[auth]\nmode = \"jwt\"\n";
    assert!(read_in(mode, &root).is_err());
    let given = read_in(mode, &root.with_service_credentials()).unwrap().auth.jwt_secret_file;
    assert_eq!(given.unwrap(), Path::new(folder).join("jwt_secret_key"));
    // A process that was given some itself looks there alone.
    let service = user_with("CREDENTIALS_DIRECTORY", "/elsewhere").with_service_credentials();
    assert!(read_in(mode, &service).is_err());
    assert!(read_in(mode, &user(&[]).with_service_credentials()).is_err());
}

#[test]
fn an_open_server_beyond_loopback_is_a_warning() {
    let config = read("[server]\nhost = \"0.0.0.0\"");
    assert!(lines(&config.warnings)[0].contains("default: auth.mode = \"none\""));
    assert!(read("[server]\nhost = \"::1\"").warnings.is_empty());
}

#[test]
fn keys_of_older_servers_are_accepted_with_a_warning() {
    let config = read("[server]\nworkers = 4");
    let expected = "/etc/x/config.toml:2: server.workers = 4: has no effect: one daemon serves \
                    all requests";
    assert_eq!(lines(&config.warnings), [expected]);
    assert!(refused("[server]\nworkers = \"4\"")[0].contains("whole number"));
}

#[test]
fn a_socket_path_longer_than_the_kernel_takes_is_refused() {
    let lines = refused(&format!("[admin]\nsocket = \"/{}\"", "s".repeat(107)));
    assert!(lines[0].contains("at most 107 bytes"), "{lines:?}");
    read(&format!("[admin]\nsocket = \"/{}\"", "s".repeat(106)));
}

#[test]
fn more_spares_than_ports_is_a_warning() {
    let config = read("[workers]\nspares = 31");
    assert!(lines(&config.warnings)[0].contains("the port pool has only 30 ports"));
}

proptest! {
    #[test]
    fn a_pool_is_accepted_exactly_if_it_has_ports_and_not_the_servers(
        start in 1_u16..=65534,
        length in -3_i32..40,
        server in 0_u16..=65535,
        near: bool,
    ) {
        let end = (i32::from(start) + length).clamp(2, 65535);
        let server = if near { start.saturating_add(server % 50) } else { server };
        let text = format!("[server]\nport={server}\n[port_pool]\nstart={start}\nend={end}");
        let inside = i32::from(server) >= i32::from(start) && i32::from(server) < end;
        let right = end > i32::from(start) && !inside;
        let config = read_in(&text, &user(&[]));
        prop_assert_eq!(config.is_ok(), right, "{}", text);
        if let Ok(config) = config {
            prop_assert!(!config.port_pool.ports().is_empty());
            prop_assert!(!config.port_pool.contains(config.server.port));
        }
    }
}
