//! Sessions that nobody uses end by themselves; busy ones never do.

use phoebed_tests::{Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

#[test]
fn idle_sessions_end_and_busy_ones_do_not() {
    let settings = Settings::new().set("session.idle_timeout_seconds", 1);
    let daemon = Daemon::start(settings.set("session.command_timeout_seconds", 60));
    let busy = daemon.start_session();
    busy.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25] }));
    let computing = busy.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&busy);
    signal(child.pid, Signal::SIGSTOP);

    // Two idle sessions, one after the other, measure the time that the busy one outlives.
    for _ in 0..2 {
        let idle = daemon.start_session();
        eventually("the idle session is gone", || (!idle.is_listed()).then_some(()));
        let row = daemon.ended_row(&idle);
        assert_eq!(row["termination_reason"], "idle_timeout");
        assert_eq!(idle.send(&json!({ "command": "ping" })).status, 404);
    }
    assert!(busy.is_listed(), "a busy session is never idle");
    assert!(!computing.is_answered());
    signal(child.pid, Signal::SIGCONT);
    assert_eq!(computing.answer().expect(200).json()["success"], true);
    // The clock starts again when a command ends.
    busy.ping();
    eventually("it is idle and ends", || (!busy.is_listed()).then_some(()));
    assert_eq!(daemon.ended_row(&busy)["termination_reason"], "idle_timeout");
    eventually("every port is free", || (daemon.port_counts() == (12, 0, 12)).then_some(()));
    daemon.stop();
}
