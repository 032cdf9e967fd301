//! The end of the daemon, when it is asked to stop.

use phoebed_tests::{Daemon, Settings, Signal, eventually, run_phoebed, signal};
use serde_json::json;

fn computing(daemon: &Daemon) -> (phoebed_tests::Session, phoebed_tests::InFlight) {
    let session = daemon.start_session();
    let phases: Vec<f64> = (0..60).map(|at| f64::from(at) / 60.0).collect();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": phases }));
    let run = session.send_in_background(&json!({ "command": "run_compute" }));
    daemon.compute_child(&session);
    (session, run)
}

#[test]
fn a_command_in_flight_gets_its_answer_before_the_daemon_stops() {
    for stop in [Signal::SIGTERM, Signal::SIGINT] {
        let mut daemon = Daemon::start(Settings::new().set("shutdown.grace_seconds", 60));
        let idle = daemon.start_session();
        let (session, run) = computing(&daemon);
        daemon.signal(stop);
        let answer = run.answer().expect(200).json();
        assert_eq!(answer["success"], true, "{stop}: {answer}");
        assert_eq!(answer["result"]["model"]["lc01"]["fluxes"].as_array().map(Vec::len), Some(60));
        daemon.stopped();
        for session in [&idle, &session] {
            let row =
                daemon.database().session(&session.id, "kept", |row| row["status"] == "hibernated");
            assert!(row["port"].is_null() && row["termination_reason"].is_null(), "{row}");
        }
        daemon.database().check();
    }
}

#[test]
fn a_command_beyond_the_grace_does_not_keep_the_daemon() {
    let mut daemon = Daemon::start(Settings::new().set("shutdown.grace_seconds", 0.5));
    let session = daemon.start_session();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0] }));
    let run = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    daemon.signal(Signal::SIGTERM);
    daemon.stopped();
    // An error or a broken connection, whichever comes first.
    assert!(run.outcome().is_ok_and(|answer| answer.status != 200) || !child.is_alive());
    daemon.database().session(&session.id, "kept", |row| row["status"] == "hibernated");
}

#[test]
fn where_nothing_is_kept_sessions_end_with_the_daemon() {
    let mut daemon = Daemon::start(Settings::new().set("session.durability", "\"none\""));
    let session = daemon.start_session();
    daemon.signal(Signal::SIGTERM);
    daemon.stopped();
    assert_eq!(daemon.ended_row(&session)["termination_reason"], "server_shutdown");
}

#[test]
fn a_second_daemon_on_the_same_state_directory_is_refused() {
    let daemon = Daemon::start_cold(Settings::new());
    let directory = tempfile::tempdir().expect("a directory");
    let config = daemon.path().join("phoebed.toml");
    let config = config.to_str().expect("a path");
    let port = daemon.ports().spare(0).to_string();
    let second = run_phoebed(directory.path(), &["--config", config, "--port", &port], &[]);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    let state = daemon.path().join("state");
    let expected = format!("error: the state directory {} is in use", state.display());
    assert!(second.stderr.contains(&expected), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("(process {})", daemon.pid())), "{}", second.stderr);
    daemon.api().get("/health").expect(200);
    eventually("the first one's zygote still runs", || daemon.zygote());
    daemon.stop();
}

#[test]
fn the_daemon_stops_at_any_moment_of_its_start() {
    for _ in 0..3 {
        Daemon::start_cold(Settings::new()).stop();
    }
    let daemon = Daemon::start(Settings::new().set("workers.spares", 8));
    // Now the spares are being started.
    daemon.stop();
}
