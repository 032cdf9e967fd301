use phoebed_common::admin::Ping;

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

pub fn ping() -> Ping {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ping { version, pid: 4711, uptime_seconds: 11_520.0 }
}

#[tokio::test]
async fn ping_says_who_answers_where() {
    let daemon = FakeDaemon::new().answer("GET /v1/ping", &ping()).start();
    snapshot::check("ping", &Ctl::new("ping").to(&daemon).run().await, &daemon);
}

#[tokio::test]
async fn json_is_the_daemons_own_answer_with_what_this_version_does_not_know() {
    let newer = r#"{"version":"1","pid":7,"uptime_seconds":0.10000000000000001,"moon":"full"}"#;
    let daemon = FakeDaemon::new().raw("GET /v1/ping", 200, newer).start();
    let said = Ctl::new("ping --json").to(&daemon).run().await;
    assert_eq!(said.out, format!("{newer}\n"));
    assert_eq!(said.json::<Ping>().pid, 7);
}

#[tokio::test]
async fn the_first_socket_that_answers_is_used() {
    let daemon = FakeDaemon::new().answer("GET /v1/ping", &ping()).start();
    let runtime = daemon.directory().join("phoebed");
    std::fs::create_dir(&runtime).unwrap();
    std::os::unix::fs::symlink(daemon.socket(), runtime.join("admin.sock")).unwrap();
    let config = daemon.directory().join("c.toml");
    std::fs::write(&config, "[admin]\nsocket = \"stale.sock\"\n").unwrap();
    let said = Ctl::new("ping")
        .option("--config", &config)
        .variable("XDG_RUNTIME_DIR", daemon.directory())
        .run()
        .await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("/phoebed/admin.sock"), "{said:?}");
}
