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
    let empty = SessionLog { session_id: "x".into(), commands: Vec::new() };
    let daemon = FakeDaemon::new().answer("GET /v1/sessions/x/logs?limit=3", &empty).start();
    let said = Ctl::new("sessions logs x -n 3").to(&daemon).run().await;
    assert_eq!((said.code, said.err.as_str()), (0, "no commands\n"));
}
