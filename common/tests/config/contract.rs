//! The wire contract's example file.

use std::time::Duration;

use phoebed_common::config::{AuthMode, Level, Origin};

use crate::{read_in, refused, user_with};

const EXAMPLE: &str = r#"
[server]
host = "0.0.0.0"
port = 8001

[auth]
# "none" | "password" | "jwt" | "external"
mode = "jwt"
jwt_secret_key = ""        # or PHOEBE_JWT_SECRET_KEY
jwt_algorithm = "HS256"
jwt_expire_minutes = 1440

[port_pool]
start = 6560
end = 6590                 # exclusive: 30 ports

[logging]
level = "INFO"
format = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"

[session]
idle_timeout_seconds = 1800

[database]
path = "data/sessions.db"
log_exclude_commands = "ping"    # comma separated
log_include_commands = ""        # when set, only these are logged

[resources]
max_workers_per_user = 0         # 0 = unlimited
"#;

#[test]
fn the_example_file_works_as_it_stands_with_the_secret_in_the_environment() {
    let environment = user_with("PHOEBE_JWT_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    let config = read_in(EXAMPLE, &environment).unwrap();
    assert_eq!(config.server.addresses(), vec!["0.0.0.0:8001".parse().unwrap()]);
    assert_eq!(config.auth.mode, AuthMode::Jwt);
    let secret = config.auth.jwt_secret_key.as_ref().unwrap();
    assert_eq!(secret.expose(), "0123456789abcdef0123456789abcdef");
    assert_eq!(config.auth.jwt_expire, Duration::from_secs(86_400));
    assert_eq!(config.port_pool.size(), 30);
    assert_eq!(config.logging.level, Level::Info);
    assert_eq!(config.session.idle_timeout, Some(Duration::from_secs(1800)));
    assert_eq!(config.database.path.to_str(), Some("/etc/x/data/sessions.db"));
    assert_eq!(config.resources.max_workers_per_user, None);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);

    let entries = config.entries();
    let key = entries.iter().find(|entry| entry.key == "auth.jwt_secret_key").unwrap();
    assert_eq!(key.origin, Origin::Environment("PHOEBE_JWT_SECRET_KEY"));
    assert_eq!(key.value, "(hidden)");
}

#[test]
fn the_example_file_without_the_secret_is_refused_with_the_way_out() {
    let lines = refused(EXAMPLE);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("/etc/x/config.toml:9: auth.jwt_secret_key = \"\": must be a"));
    assert!(lines[0].contains("PHOEBE_JWT_SECRET_KEY"));
}

#[test]
fn every_mode_passes_with_its_credentials() {
    let environment = user_with("PHOEBE_JWT_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    for mode in ["jwt", "external", "password"] {
        let text = format!("[auth]\nmode = \"{mode}\"\npassword = \"secret\"\n");
        assert_eq!(read_in(&text, &environment).unwrap().auth.mode.as_str(), mode);
    }
}
