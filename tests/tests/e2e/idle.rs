//! Sessions that nobody uses give up their workers by themselves; busy ones never do.

use phoebed_tests::{Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

fn short() -> Settings {
    Settings::new()
        .set("session.idle_timeout_seconds", 1)
        .set("session.command_timeout_seconds", 60)
}

/// A session of the daemon in which a command runs; two others measure the time that it outlives.
fn outlived_by_a_busy_one(daemon: &Daemon, is_over: impl Fn(&phoebed_tests::Session) -> bool) {
    let busy = daemon.start_session();
    busy.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25] }));
    let computing = busy.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&busy);
    signal(child.pid, Signal::SIGSTOP);
    for _ in 0..2 {
        let idle = daemon.start_session();
        eventually("an idle session's time is over", || is_over(&idle).then_some(()));
    }
    assert_eq!(busy.now()["status"], "active", "a busy session is never idle");
    assert!(!computing.is_answered());
    signal(child.pid, Signal::SIGCONT);
    assert_eq!(computing.answer().expect(200).json()["success"], true);
    // The clock starts again when a command ends.
    busy.ping();
    eventually("it is idle, and its time is over", || is_over(&busy).then_some(()));
    eventually("every port is free", || (daemon.port_counts() == (12, 0, 12)).then_some(()));
}

#[test]
fn idle_sessions_hibernate_and_busy_ones_do_not() {
    let daemon = Daemon::start(short());
    outlived_by_a_busy_one(&daemon, |session| session.is_hibernated());
    daemon.stop();
}

#[test]
fn a_session_that_hibernated_goes_on_where_it_was() {
    let daemon = Daemon::start(short());
    let session = daemon.start_session();
    let teff = json!({ "command": "get_uniqueid", "twig": "teff@primary@component" });
    let uniqueid = session.result(&teff);
    session.ok(&json!({ "command": "set_value", "uniqueid": uniqueid, "value": 6543.25 }));
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25] }));
    let model = session.result(&json!({ "command": "run_compute" }));
    eventually("it hibernates", || session.is_hibernated().then_some(()));
    let asleep = session.now();
    assert_eq!((&asleep["port"], &asleep["mem_used"]), (&json!(null), &json!(0.0)));
    let row = daemon.database().session(&session.id, "hibernated", |row| {
        row["status"] == "hibernated" && row["port"].is_null()
    });
    assert!(row["termination_reason"].is_null(), "{row}");

    assert_eq!(session.result(&teff), uniqueid);
    let value = json!({ "command": "get_value", "uniqueid": uniqueid });
    assert_eq!(session.result(&value), 6543.25);
    let fluxes = json!({ "command": "get_value", "qualifier": "fluxes", "context": "model" });
    assert_eq!(session.result(&fluxes), model["model"]["lc01"]["fluxes"]);
    let awake = session.now();
    assert_eq!(awake["created_at"], asleep["created_at"]);
    assert!(awake["port"].is_u64() && awake["mem_used"].as_f64() > Some(0.0), "{awake}");
    daemon.database().session(&session.id, "active", |row| {
        row["status"] == "active" && row["port"] == awake["port"]
    });
    daemon.stop();
}

#[test]
fn where_they_are_to_terminate_idle_sessions_end() {
    for (key, value) in [("session.on_idle", "\"terminate\""), ("session.durability", "\"none\"")] {
        let daemon = Daemon::start(short().set(key, value));
        let idle = daemon.start_session();
        eventually("the idle session is gone", || (!idle.is_listed()).then_some(()));
        assert_eq!(daemon.ended_row(&idle)["termination_reason"], "idle_timeout");
        assert_eq!(idle.send(&json!({ "command": "ping" })).status, 404);
        outlived_by_a_busy_one(&daemon, |session| !session.is_listed());
        daemon.stop();
    }
}
