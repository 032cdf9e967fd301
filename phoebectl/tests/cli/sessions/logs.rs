use std::os::unix::fs::PermissionsExt;

use phoebed_common::admin::{LoggedCommand, SessionLog};

use super::ADA;
use crate::ctl::{Ctl, NOW};
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

fn log() -> SessionLog {
    let command = |ago: f64, command: &str, took, error: Option<&str>| LoggedCommand {
        timestamp: NOW - ago,
        command: command.into(),
        success: error.is_none(),
        execution_time_ms: took,
        error_message: error.map(str::to_owned),
    };
    SessionLog {
        session_id: ADA.into(),
        commands: vec![
            command(4.0, "run_compute", Some(3_344.2), None),
            command(60.0, "set_value", Some(226.0), Some("0 results found for twig 'perod'")),
            command(90_000.0, "add_dataset", None, None),
        ],
        journal_uid: None,
    }
}

#[tokio::test]
async fn logs_end_with_the_newest_command() {
    let route = format!("GET /v1/sessions/{ADA}/logs?limit=50");
    let daemon = FakeDaemon::new().answer(&route, &log()).start();
    let said = Ctl::new(&format!("sessions logs {ADA}")).to(&daemon).run().await;
    snapshot::check("sessions_logs", &said, &daemon);
    let said = Ctl::new(&format!("sessions logs {ADA} --json")).to(&daemon).run().await;
    assert_eq!(said.json::<SessionLog>(), log());
}

#[tokio::test]
async fn the_limit_is_handed_on() {
    let empty = SessionLog { session_id: "x".into(), commands: Vec::new(), journal_uid: None };
    let daemon = FakeDaemon::new().answer("GET /v1/sessions/x/logs?limit=3", &empty).start();
    let said = Ctl::new("sessions logs x -n 3").to(&daemon).run().await;
    assert_eq!((said.code, said.err.as_str()), (0, "no commands\n"));
}

/// A program of this name that notes its arguments and does this.
fn journalctl(daemon: &FakeDaemon, script: &str) -> Ctl {
    let program = daemon.directory().join("journalctl");
    let arguments = daemon.directory().join("arguments");
    let text = format!("#!/bin/sh\necho \"$@\" > {}\n{script}\n", arguments.display());
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    Ctl::new(&format!("sessions logs {ADA} -n 20"))
        .to(daemon)
        .variable("PATH", format!("{}:/usr/bin:/bin", daemon.directory().display()))
}

#[tokio::test]
async fn what_the_journal_has_of_the_session_follows() {
    let route = format!("GET /v1/sessions/{ADA}/logs?limit=20");
    let journal = SessionLog { journal_uid: Some(998), ..log() };
    let daemon = FakeDaemon::new().answer(&route, &journal).start();
    let record = |seconds: u32, priority: u8, message: &str| {
        format!(
            r#"{{"__REALTIME_TIMESTAMP":"{seconds}000000","PRIORITY":"{priority}","MESSAGE":"{message}"}}"#
        )
    };
    let records = [
        record(1_759_999_900, 6, "session started"),
        record(1_759_999_999, 4, "worker 7: RuntimeWarning"),
    ];
    let script = format!("cat <<'END'\n{}\nEND", records.join("\n"));
    let said = journalctl(&daemon, &script).run().await;
    snapshot::check("sessions_logs_journal", &said, &daemon);
    let arguments = std::fs::read_to_string(daemon.directory().join("arguments")).unwrap();
    let expected = format!("--no-pager --output=json --lines=20 _UID=998 SESSION_ID={ADA}\n");
    assert_eq!(arguments, expected);
    let said = journalctl(&daemon, &script).argument("--json").run().await;
    let told: serde_json::Value = said.json();
    assert_eq!(told["lines"][1]["level"], "WARNING");
    assert_eq!(told["commands"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_journal_that_shows_this_user_nothing_is_told() {
    let route = format!("GET /v1/sessions/{ADA}/logs?limit=20");
    let journal = SessionLog { journal_uid: Some(998), ..log() };
    let daemon = FakeDaemon::new().answer(&route, &journal).start();
    let script = "echo '-- No entries --'; echo 'Hint: You are currently not seeing messages from \
                  other users and the system.' >&2";
    let said = journalctl(&daemon, script).run().await;
    assert_eq!(said.code, 0);
    assert!(said.err.contains("the journal was not read: journalctl: Hint: You are"), "{said:?}");
    assert!(said.err.contains("groups adm and systemd-journal"), "{said:?}");
    // Nothing to say is no trouble.
    let said = journalctl(&daemon, "echo '-- No entries --'").run().await;
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_is_told() {
    let route = format!("GET /v1/sessions/{ADA}/logs?limit=20");
    let journal = SessionLog { journal_uid: Some(998), ..log() };
    let daemon = FakeDaemon::new().answer(&route, &journal).start();
    let said = journalctl(&daemon, "echo 'No journal files were opened' >&2; exit 1").run().await;
    assert_eq!(said.code, 0);
    assert!(said.out.contains("run_compute"), "{said:?}");
    assert!(said.err.contains("not read: journalctl: No journal files were opened"), "{said:?}");
}
