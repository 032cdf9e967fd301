//! The daemon killed with SIGKILL: nothing of it stays, and the next one goes on from its files.

use phoebed_tests::{Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

#[test]
fn nothing_outlives_a_killed_daemon_and_the_next_one_ends_the_records_of_its_sessions() {
    let mut daemon = Daemon::start(Settings::new().set("workers.spares", 2));
    let (idle, busy, stopped) =
        (daemon.start_session(), daemon.start_session(), daemon.start_session());
    let active = |row: &serde_json::Value| row["status"] == "active";
    for session in [&idle, &busy, &stopped] {
        session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
            "compute_phases": vec![0.1; 2000] }));
        daemon.database().session(&session.id, "active", active);
    }
    let run = json!({ "command": "run_compute" });
    let running = [&busy, &stopped].map(|session| session.send_in_background(&run));
    daemon.compute_child(&busy);
    let child = daemon.compute_child(&stopped);
    signal(child.pid, Signal::SIGSTOP);
    eventually("one child is stopped", || child.is_stopped().then_some(()));
    daemon.kill();
    for run in running {
        run.outcome().expect_err("the connection breaks");
    }
    daemon.database().check();

    daemon.start_again();
    for session in [&idle, &busy, &stopped] {
        let row = daemon.ended_row(session);
        assert!(row["destroyed_at"].is_f64(), "{row}");
        let reason = row["termination_reason"].as_str().expect("a reason");
        assert!(!reason.is_empty() && reason != "manual" && reason != "idle_timeout", "{row}");
        assert_eq!(session.send(&json!({ "command": "ping" })).status, 404);
    }
    daemon.wait_until_ready();
    assert_eq!(daemon.port_counts(), (12, 0, 12));
    daemon.start_session().ping();
    daemon.stop();
}

#[test]
fn a_daemon_that_is_killed_while_its_engine_is_imported_leaves_nothing() {
    let mut daemon = Daemon::start_cold(Settings::new());
    eventually("the zygote runs", || daemon.zygote());
    daemon.kill();
    daemon.start_again();
    eventually("the zygote runs", || daemon.zygote());
    daemon.stop();
}
