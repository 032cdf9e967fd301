//! The flat view: what each key is, where it came from, what changed.

use std::path::Path;

use phoebed_common::config::{Config, Entry, Overrides, Reload};

use crate::{lines, read, user};

fn entry(config: &Config, key: &str) -> Entry {
    config.entries().into_iter().find(|entry| entry.key == key).expect(key)
}

#[test]
fn each_value_says_where_it_came_from() {
    let overrides = Overrides { port: Some(9000), ..Overrides::default() };
    let text = "[server]\nhost = \"::1\"\nport = 8002\n";
    let path = Path::new("/etc/x/config.toml");
    let config = Config::from_text(text, path, &user(&[]), &overrides).unwrap();
    let shown = |key| {
        let entry = entry(&config, key);
        format!("{} ({})", entry.value, entry.origin)
    };
    assert_eq!(shown("server.host"), "\"::1\" (/etc/x/config.toml:2)");
    assert_eq!(shown("server.port"), "9000 (command line --port)");
    assert_eq!(shown("workers.spares"), "4 (default)");
    assert_eq!(shown("session.idle_timeout_seconds"), "1800 (default)");
    assert_eq!(config.file.as_deref(), Some(path));
}

#[test]
fn the_command_line_replaces_a_list_of_addresses() {
    let overrides = Overrides { host: Some("127.0.0.2".to_owned()), ..Overrides::default() };
    let text = "[server]\nlisten = [\"127.0.0.1:80\"]\n";
    let config = Config::from_text(text, Path::new("/c.toml"), &user(&[]), &overrides).unwrap();
    assert_eq!(config.server.addresses(), vec!["127.0.0.2:8001".parse().unwrap()]);
    assert!(lines(&config.warnings)[0].contains("server.listen: has no effect: --host"));
}

#[test]
fn a_bad_host_on_the_command_line_is_named_by_its_option() {
    let overrides = Overrides { host: Some("nowhere".to_owned()), ..Overrides::default() };
    let error = Config::defaults(&user(&[]), &overrides).unwrap_err().to_string();
    assert!(error.starts_with("command line --host: server.host = \"nowhere\": must be an IP"));
}

#[test]
fn changes_are_listed_key_by_key_with_old_and_new() {
    let old = read("[server]\nport = 8002\n[auth]\npassword = \"old\"");
    let new = read("[auth]\npassword = \"new\"\n[server]\nport = 8003\n[workers]\nspares = 2");
    let changes: Vec<_> = old
        .changes_to(&new)
        .into_iter()
        .map(|change| (change.key, change.old, change.new, change.reload))
        .collect();
    let text = |text: &str| text.to_owned();
    assert_eq!(
        changes,
        [
            ("server.port", text("8002"), text("8003"), Reload::Restart),
            ("auth.password", text("(hidden)"), text("(hidden)"), Reload::Live),
            ("workers.spares", text("4"), text("2"), Reload::Live),
        ]
    );
    assert_eq!(new.changes_to(&new), vec![]);
}

#[test]
fn a_value_moved_to_another_line_or_written_otherwise_is_no_change() {
    let old =
        read("[session]\nidle_timeout_seconds = 60\n[database]\nlog_exclude_commands = \"a,b\"");
    let new = read(
        "\n[database]\nlog_exclude_commands = \" a , b\"\n[session]\nidle_timeout_seconds = 60.0",
    );
    assert_eq!(old.changes_to(&new), vec![]);
}

#[test]
fn the_listing_of_any_text_reads_as_that_text() {
    for path in ["/a\nb", "/\"a'b\\", "/a\t\r\u{1b}\u{85}", "/'''\"\"\""] {
        let escaped: String = path.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
        let config = read(&format!("state.directory = \"{escaped}\""));
        assert_eq!(config.state.directory.to_str(), Some(path));
        let listed = entry(&config, "state.directory").value;
        assert_eq!(read(&format!("state.directory = {listed}")).state, config.state);
    }
}

#[test]
fn no_secret_is_printed() {
    let config = read("[auth]\npassword = \"hunter2\"\njwt_secret_key = \"hunter2\"");
    assert!(!format!("{config:?} {:?}", config.entries()).contains("hunter2"));
    assert_eq!(entry(&config, "auth.password").value, "(hidden)");
    assert_eq!(entry(&read(""), "auth.password").value, "\"\"");
}

#[test]
fn the_include_list_decides_alone_when_it_is_set() {
    let logs = |text: &str, command| read(text).database.logs(command);
    assert!(!logs("", "ping") && logs("", "run_compute"));
    let both = "[database]\nlog_include_commands = \"ping\"";
    assert!(logs(both, "ping") && !logs(both, "run_compute"));
    assert!(logs("[database]\nlog_exclude_commands = \"\"", "ping"));
}

#[test]
fn a_proxy_is_trusted_by_its_block() {
    let server = read("[server]\ntrusted_proxies = [\"10.0.0.0/8\"]").server;
    assert!(server.trusts("10.9.9.9".parse().unwrap()));
    assert!(!server.trusts("192.0.2.1".parse().unwrap()));
}

#[test]
fn what_is_in_force_after_a_reload_has_the_live_keys_and_no_others() {
    let tls = "tls_certificate = \"c.pem\"\ntls_key = \"k.pem\"\n";
    let old = read(&format!("[server]\nport = 8002\n{tls}[workers]\nspares = 1\n"));
    let live: &[(&str, &str)] = &[
        ("server.tls_certificate", "\"/new/certificate.pem\""),
        ("server.tls_key", "\"/new/key.pem\""),
        ("server.hsts_seconds", "60"),
        ("server.cors_origins", "[\"https://a.example\"]"),
        ("server.trusted_proxies", "[\"10.0.0.0/8\"]"),
        ("server.max_body_mb", "1"),
        ("server.max_connections", "9"),
        ("server.max_connections_per_address", "8"),
        ("server.requests_per_second_per_address", "7"),
        ("server.requests_per_second", "6"),
        ("server.header_timeout_seconds", "1.5"),
        ("server.keep_alive_seconds", "20"),
        ("server.body_timeout_seconds", "2"),
        ("auth.password", "\"a\""),
        ("auth.jwt_secret_key", "\"b\""),
        ("auth.jwt_previous_secret_keys", "[\"c\"]"),
        ("auth.jwt_secret_file", "\"/d\""),
        ("auth.jwt_public_key_file", "\"/e\""),
        ("auth.jwks_file", "\"/f\""),
        ("auth.jwks_url", "\"https://g.example/h\""),
        ("auth.jwks_refresh_seconds", "5"),
        ("auth.jwt_expire_minutes", "6"),
        ("auth.jwt_issuer", "\"i\""),
        ("auth.jwt_audience", "\"j\""),
        ("auth.registration", "\"closed\""),
        ("auth.registrations_per_hour_per_address", "7"),
        ("auth.min_password_length", "8"),
        ("auth.failures_per_account", "9"),
        ("auth.failures_per_address", "10"),
        ("port_pool.start", "7000"),
        ("port_pool.end", "7001"),
        ("logging.level", "\"DEBUG\""),
        ("logging.format", "\"%(message)s\""),
        ("logging.access_level", "\"INFO\""),
        ("session.idle_timeout_seconds", "0"),
        ("session.command_timeout_seconds", "3"),
        ("session.queue_limit", "5"),
        ("session.on_idle", "\"terminate\""),
        ("session.retention_days", "5"),
        ("session.while_busy", "\"refuse\""),
        ("jobs.retention_days", "3"),
        ("jobs.queue_limit", "9"),
        ("database.log_exclude_commands", "\"a, b\""),
        ("database.log_include_commands", "\"c\""),
        ("database.keep_days", "0"),
        ("resources.max_workers_per_user", "3"),
        ("resources.max_sessions_per_user", "7"),
        ("resources.min_free_memory_mb", "0"),
        ("resources.compute_processes", "3"),
        ("resources.session_memory_mb", "1"),
        ("resources.session_processes", "2"),
        ("resources.session_open_files", "33"),
        ("resources.session_file_mb", "3"),
        ("resources.session_scratch_mb", "4"),
        ("resources.session_nice", "6"),
        ("workers.spares", "8"),
        ("workers.start_timeout_seconds", "4"),
        ("workers.end_grace_seconds", "0"),
        ("workers.max_answer_mb", "2"),
        ("shutdown.grace_seconds", "0"),
    ];
    let known: Vec<&str> = old
        .entries()
        .iter()
        .filter(|entry| entry.reload == Reload::Live)
        .map(|entry| entry.key)
        .collect();
    assert!(known.iter().all(|key| live.iter().any(|(name, _)| name == key)), "{known:?}");
    let text: String = live.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    let new = read(&format!("server.port = 8003\n{text}"));
    let in_force = old.with_live_keys_of(&new);
    let waiting: Vec<&str> = in_force.changes_to(&new).iter().map(|change| change.key).collect();
    assert_eq!(waiting, ["server.port"]);
    assert_eq!(old.changes_to(&in_force).len(), live.len());
    assert_eq!(entry(&in_force, "workers.spares").origin.to_string(), "/etc/x/config.toml:57");
    assert_eq!(entry(&in_force, "server.port").origin.to_string(), "/etc/x/config.toml:2");
}

#[test]
fn a_listener_does_not_begin_or_cease_to_speak_tls() {
    let plain = read("[server]\nhsts_seconds = 1\n");
    let with = |files: &str| read(&format!("[server]\nhsts_seconds = 2\n{files}"));
    let tls = with("tls_certificate = \"c.pem\"\ntls_key = \"k.pem\"\n");
    for (old, new) in [(&plain, &tls), (&tls, &plain)] {
        let in_force = old.with_live_keys_of(new);
        assert_eq!(in_force.server.tls(), old.server.tls());
        assert_eq!(in_force.server.hsts, new.server.hsts);
        let waiting = in_force.changes_to(new);
        assert_eq!(waiting.len(), 2, "{waiting:?}");
        assert!(waiting.iter().all(|change| change.reload == Reload::Restart), "{waiting:?}");
    }
    let renewed = with("tls_certificate = \"new.pem\"\ntls_key = \"k.pem\"\n");
    let files = tls.with_live_keys_of(&renewed).server.tls_certificate;
    assert_eq!(files.as_deref(), Some(Path::new("/etc/x/new.pem")));
}
