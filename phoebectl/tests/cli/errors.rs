use std::os::unix::net::UnixListener;
use std::time::Duration;

use phoebed_common::admin::ErrorBody;

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::ping::ping;
use crate::snapshot;

#[tokio::test]
async fn without_a_daemon_every_socket_that_was_tried_is_named() {
    let daemon = FakeDaemon::new();
    let config = daemon.directory().join("c.toml");
    std::fs::write(&config, "[admin]\nsocket = \"mine.sock\"\n").unwrap();
    let said = Ctl::new("status")
        .option("--config", &config)
        .variable("XDG_RUNTIME_DIR", "/nonexistent/run")
        .variable("HOME", "/nonexistent/home")
        .run()
        .await;
    snapshot::check("not_running", &said, &daemon);
}

#[tokio::test]
async fn a_socket_that_a_crash_left_behind_is_no_daemon() {
    let daemon = FakeDaemon::new().start().crash().await;
    let said = Ctl::new("status").to(&daemon).run().await;
    snapshot::check("stale_socket", &said, &daemon);
}

#[tokio::test]
async fn a_variable_names_the_socket_and_no_other_is_tried() {
    let daemon = FakeDaemon::new();
    let said = Ctl::new("ping").variable("PHOEBED_SOCKET", daemon.socket()).run().await;
    assert_eq!(said.code, 3);
    assert_eq!(said.err.matches("caused by").count(), 1, "{said:?}");
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_named() {
    let daemon = FakeDaemon::new();
    std::fs::create_dir(daemon.socket()).unwrap();
    let said = Ctl::new("ping").to(&daemon).run().await;
    // The kernel refuses to connect to a file just as to a socket without a listener.
    assert_eq!(said.code, 3, "{said:?}");
}

#[tokio::test]
async fn a_daemon_that_is_too_slow_is_not_waited_for() {
    let slow = FakeDaemon::new().answer("GET /v1/ping", &ping()).delay(Duration::from_secs(60));
    let daemon = slow.start();
    let said = Ctl::new("ping --timeout 100ms").to(&daemon).run().await;
    snapshot::check("timeout", &said, &daemon);
}

#[tokio::test]
async fn a_daemon_that_accepts_nothing_is_not_waited_for() {
    let daemon = FakeDaemon::new();
    let _deaf = UnixListener::bind(daemon.socket()).unwrap();
    let said = Ctl::new("ping --timeout 100ms").to(&daemon).run().await;
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("did not answer within 100 ms"), "{said:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_told() {
    let daemon = FakeDaemon::new();
    let listener = tokio::net::UnixListener::bind(daemon.socket()).unwrap();
    let ctl = Ctl::new("ping").to(&daemon).run();
    let hang_up = async { drop(listener.accept().await) };
    let (said, ()) = tokio::join!(ctl, hang_up);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("the connection to phoebed broke"), "{said:?}");
}

#[tokio::test]
async fn another_version_of_the_daemon_is_mentioned_once() {
    let daemon = FakeDaemon::new().answer("GET /v1/ping", &ping()).version(Some("9.9.9")).start();
    let said = Ctl::new("ping").to(&daemon).run().await;
    assert_eq!(said.code, 0);
    assert_eq!(said.err.matches("warning: phoebed is version 9.9.9").count(), 1, "{said:?}");
}

#[tokio::test]
async fn an_answer_that_another_version_made_unreadable_says_which_version() {
    let answer = r#"{"version": 9}"#;
    let daemon = FakeDaemon::new().raw("GET /v1/ping", 200, answer).version(Some("9.9.9")).start();
    snapshot::check("not_understood", &Ctl::new("ping").to(&daemon).run().await, &daemon);
}

#[tokio::test]
async fn something_else_on_the_socket_is_not_taken_for_a_daemon() {
    let daemon = FakeDaemon::new().raw("GET /v1/ping", 200, "hello").version(None).start();
    let said = Ctl::new("ping").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("is not phoebed's admin API"), "{said:?}");
}

#[tokio::test]
async fn a_refusal_shows_sentence_causes_and_hint() {
    let refusal = ErrorBody {
        causes: vec!["uid 1000 is neither root nor in the group phoebed".into()],
        ..ErrorBody::new("you may not use the admin API").hint("sudo usermod -aG phoebed ada")
    };
    let daemon = FakeDaemon::new().refuse("GET /v1/ping", 403, &refusal).start();
    snapshot::check("refused", &Ctl::new("ping").to(&daemon).run().await, &daemon);
}

#[tokio::test]
async fn a_refusal_in_no_known_form_is_shown_all_the_same() {
    let daemon = FakeDaemon::new().raw("GET /v1/ping", 500, "\u{1b}[2Joops").start();
    let said = Ctl::new("ping").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    let expected = "error: phoebed answered 500 Internal Server Error: \\u{1b}[2Joops\n";
    assert_eq!(said.err, expected);
}

#[tokio::test]
async fn wrong_usage_is_code_2() {
    for line in [
        "",
        "nonsense",
        "sessions",
        "sessions kill",
        "sessions kill --all --user 7",
        "sessions kill --all x",
        "sessions kill --idle-for soon",
        "sessions logs x --limit 0",
        "ping --timeout never",
        "ping --color blue",
    ] {
        let said = Ctl::new(line).run().await;
        assert_eq!(said.code, 2, "phoebectl {line}: {said:?}");
    }
}
