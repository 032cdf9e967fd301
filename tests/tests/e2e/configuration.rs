//! Configuration files: what passes, what is refused, and in which words.

use std::path::Path;

use phoebed_tests::{Cases, Finished, run_phoebed};
use tempfile::TempDir;

/// The example of the wire contract, which must work as it stands.
const OF_THE_CONTRACT: &str = r#"
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

const SECRET: (&str, &str) = ("PHOEBE_JWT_SECRET_KEY", "a-key-that-is-long-enough-for-hs256-0123");

fn check(directory: &Path, text: &str, variables: &[(&str, &str)]) -> Finished {
    run(directory, text, &["--check-config"], variables)
}

fn run(directory: &Path, text: &str, more: &[&str], variables: &[(&str, &str)]) -> Finished {
    let file = directory.join("phoebed.toml");
    std::fs::write(&file, text).expect("a file");
    let mut arguments = vec!["--config", file.to_str().expect("a path")];
    arguments.extend(more);
    run_phoebed(directory, &arguments, variables)
}

#[test]
fn a_right_configuration_passes_the_check() {
    let directory = TempDir::new().expect("a directory");
    let mut cases = Cases::new();
    cases.case("the contract's example", || {
        let finished = check(directory.path(), OF_THE_CONTRACT, &[SECRET]);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        assert!(finished.stdout.starts_with("configuration ok: "), "{}", finished.stdout);
        assert!(finished.stdout.contains("phoebed.toml"), "{}", finished.stdout);
    });
    cases.case("an empty file", || {
        assert_eq!(check(directory.path(), "", &[]).code, Some(0));
    });
    cases.case("no file at all", || {
        let elsewhere = TempDir::new().expect("a directory");
        let finished = run_phoebed(elsewhere.path(), &["--check-config"], &[]);
        // A machine may have its own in /etc.
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    });
    cases.case("the default file", || {
        let default = run_phoebed(directory.path(), &["--default-config"], &[]);
        assert_eq!(default.code, Some(0));
        let finished = check(directory.path(), &default.stdout, &[]);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    });
    cases.case("server.workers is ignored with a warning", || {
        let finished = check(directory.path(), "[server]\nworkers = 4\n", &[]);
        assert_eq!(finished.code, Some(0));
        assert!(finished.stderr.contains("server.workers"), "{}", finished.stderr);
    });
    cases.case("a pool inside the kernel's ephemeral ports is a warning", || {
        let finished = check(directory.path(), "[port_pool]\nstart = 40000\nend = 40010\n", &[]);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        for part in ["WARNING", "port_pool.start = 40000", "ip_local_port_range"] {
            assert!(finished.stderr.contains(part), "{}", finished.stderr);
        }
    });
    cases.finish();
}

#[test]
fn a_wrong_configuration_is_refused_with_file_line_key_and_what_is_allowed() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("phoebed.toml");
    let mut cases = Cases::new();
    for (what, text, line, parts) in [
        ("an unknown key", "[server]\nhots = \"x\"\n", 2, &["server.hots", "server.host"][..]),
        ("an unknown section", "\n[sever]\nport = 1\n", 3, &["sever.port", "server.port"]),
        ("a wrong type", "[server]\n\nport = \"x\"\n", 3, &["server.port", "\"x\""]),
        (
            "a value that is not allowed",
            "[auth]\nmode = \"open\"\n",
            2,
            &["auth.mode", "none", "jwt"],
        ),
        ("a port out of range", "[server]\nport = 70000\n", 2, &["server.port", "65535"]),
        ("a reversed pool", "[port_pool]\nstart = 7000\nend = 6000\n", 3, &["port_pool.end"]),
        ("an empty pool", "[port_pool]\nstart = 7000\nend = 7000\n", 3, &["port_pool.end"]),
        ("a pool over the server's port", "[server]\nport = 6570\n", 2, &["server.port", "6560"]),
        ("an unknown level", "[logging]\nlevel = \"LOUD\"\n", 2, &["logging.level", "DEBUG"]),
        (
            "an unknown field",
            "[logging]\nformat = \"%(mesage)s\"\n",
            2,
            &["logging.format", "mesage"],
        ),
        (
            "a negative time",
            "[session]\nidle_timeout_seconds = -1\n",
            2,
            &["session.idle_timeout_seconds"],
        ),
        ("what is no TOML", "[server\n", 1, &[]),
        ("a key twice", "[server]\nport = 1\nport = 2\n", 3, &[]),
    ] {
        cases.case(what, || {
            for more in [&["--check-config"][..], &[]] {
                let finished = run(directory.path(), text, more, &[]);
                assert_eq!(finished.code, Some(2), "{}", finished.stderr);
                let place = format!("{}:{line}", file.display());
                assert!(finished.stderr.contains(&place), "{place} is not in {}", finished.stderr);
                for part in parts {
                    assert!(finished.stderr.contains(part), "{part} is not in {}", finished.stderr);
                }
            }
        });
    }
    cases.case("every fault is told, not only the first", || {
        let finished = check(directory.path(), "[server]\nport = 0.5\nhots = 1\n", &[]);
        for place in ["phoebed.toml:2", "phoebed.toml:3"] {
            assert!(finished.stderr.contains(place), "{}", finished.stderr);
        }
    });
    cases.case("a file that is not there", || {
        let finished = run_phoebed(directory.path(), &["--config", "/nonexistent.toml"], &[]);
        assert_eq!(finished.code, Some(2));
        assert!(finished.stderr.contains("/nonexistent.toml"), "{}", finished.stderr);
    });
    for mode in ["jwt", "external"] {
        for secret in ["", "test"] {
            cases.case(format!("mode {mode} with the secret {secret:?}"), || {
                let text = format!("[auth]\nmode = \"{mode}\"\njwt_secret_key = \"{secret}\"\n");
                let finished = check(directory.path(), &text, &[]);
                assert_eq!(finished.code, Some(2), "{}", finished.stderr);
                assert!(finished.stderr.contains("jwt_secret_key"), "{}", finished.stderr);
            });
        }
    }
    cases.case("mode password without a password", || {
        let finished = check(directory.path(), "[auth]\nmode = \"password\"\n", &[]);
        assert_eq!(finished.code, Some(2), "{}", finished.stderr);
        assert!(finished.stderr.contains("auth.password"), "{}", finished.stderr);
    });
    cases.case("no secret is shown", || {
        let text = "[auth]\njwt_secret_key = 7123456\npassword = 7123456\n";
        let finished = check(directory.path(), text, &[]);
        assert_eq!(finished.code, Some(2), "{}", finished.stderr);
        assert!(!finished.stderr.contains("7123456"), "{}", finished.stderr);
    });
    cases.finish();
}

#[test]
fn options_are_told_and_wrong_ones_refused() {
    let directory = TempDir::new().expect("a directory");
    let version = run_phoebed(directory.path(), &["--version"], &[]);
    assert_eq!(version.code, Some(0));
    assert_eq!(version.stdout, format!("phoebed {}\n", env!("CARGO_PKG_VERSION")));
    let help = run_phoebed(directory.path(), &["--help"], &[]);
    for option in ["--config", "--host", "--port", "--check-config"] {
        assert!(help.stdout.contains(option), "{}", help.stdout);
    }
    for wrong in [&["--prot", "1"][..], &["--port", "x"], &["serve"]] {
        let finished = run_phoebed(directory.path(), wrong, &[]);
        assert_eq!(finished.code, Some(2), "{}", finished.stderr);
        assert!(finished.stderr.contains("error:"), "{}", finished.stderr);
    }
}
