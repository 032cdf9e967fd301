//! Commands that take longer than their callers wait.

use phoebed_tests::{Daemon, Session, Settings, Signal, eventually, signal};
use serde_json::{Value, json};

#[test]
fn a_command_that_takes_too_long_keeps_the_session_busy_until_it_is_done() {
    let daemon = Daemon::start(Settings::new().set("session.command_timeout_seconds", 1));
    let session = daemon.start_session();
    add_dataset(&session);
    let before = unix_now();
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let queued = session.send_in_background(&json!({ "command": "get_datasets" }));

    let late = computing.answer().expect(200).json();
    assert_eq!((&late["success"], &late["error"]), (&json!(false), &json!("Worker timed out")));
    let busy = |answer: Value| {
        assert_eq!(answer["success"], false, "{answer}");
        let error = answer["error"].as_str().expect("a text");
        assert!(error.contains("busy with run_compute"), "{error}");
        assert_eq!(answer["busy"]["command"], "run_compute");
        let since = answer["busy"]["since"].as_f64().expect("a time");
        assert!(since >= before && since <= unix_now(), "{answer}");
    };
    busy(queued.answer().expect(200).json());
    busy(session.send(&json!({ "command": "ping" })).expect(200).json());
    busy(session.send(&json!({ "command": "run_compute" })).expect(200).json());
    assert!(session.is_listed());

    signal(child.pid, Signal::SIGCONT);
    eventually("the session is usable", || {
        let answer = session.send(&json!({ "command": "ping" })).expect(200).json();
        (answer["success"] == true).then_some(())
    });
    // What was done is done, and answers are still those of their questions.
    let fluxes = json!({ "command": "get_value", "qualifier": "fluxes", "context": "model" });
    assert_eq!(session.result(&fluxes).as_array().map(Vec::len), Some(5));
    session.ping();
    daemon.stop();
}

#[test]
fn a_session_can_be_ended_while_its_command_runs_late() {
    let daemon = Daemon::start(Settings::new().set("session.command_timeout_seconds", 1));
    let session = daemon.start_session();
    add_dataset(&session);
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    assert_eq!(computing.answer().json()["error"], "Worker timed out");
    session.end();
    assert!(!child.is_alive(), "the end is answered when nothing is left");
    assert_eq!(daemon.ended_row(&session)["termination_reason"], "manual");
    daemon.stop();
}

#[test]
fn ending_a_session_answers_the_command_that_runs() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_dataset(&session);
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    session.end();
    assert_eq!(computing.answer().status, 404);
    assert!(!child.is_alive());
    daemon.stop();
}

/// Adds a dataset, which takes longer than the command timeout on a busy machine.
fn add_dataset(session: &Session) {
    session.send(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.1, 0.2, 0.3, 0.4] }));
    eventually("the dataset is there", || {
        let answer = session.send(&json!({ "command": "get_datasets" })).expect(200).json();
        answer["result"]["datasets"]["lc01"].is_object().then_some(())
    });
}

/// Now, in seconds since 1970.
fn unix_now() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("a clock after 1970").as_secs_f64()
}
