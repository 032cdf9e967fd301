//! The daemon killed with SIGKILL: nothing of it stays, and the next one goes on from its files.

use phoebed_tests::{Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

#[test]
fn nothing_outlives_a_killed_daemon_and_the_next_one_has_its_sessions() {
    kill_with(Settings::new(), |daemon, session| {
        let row =
            daemon.database().session(&session.id, "kept", |row| row["status"] != "terminated");
        assert!(row["destroyed_at"].is_null(), "{row}");
        let datasets = session.result(&json!({ "command": "get_datasets" }));
        assert_eq!(datasets["datasets"]["lc01"]["kind"], "lc");
        session.end();
    });
}

#[test]
fn where_nothing_is_kept_the_next_daemon_ends_the_records_of_a_killed_ones_sessions() {
    kill_with(Settings::new().set("session.durability", "\"none\""), |daemon, session| {
        let row = daemon.ended_row(session);
        assert!(row["destroyed_at"].is_f64(), "{row}");
        assert_eq!(row["termination_reason"], "server_died", "{row}");
        assert_eq!(session.send(&json!({ "command": "ping" })).status, 404);
    });
}

/// Kills a daemon with an idle session, a busy one and one whose child is stopped, starts it again,
/// and looks at each of them.
fn kill_with(settings: Settings, look: impl Fn(&Daemon, &phoebed_tests::Session)) {
    let mut daemon = Daemon::start(settings.set("workers.spares", 2));
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
    daemon.wait_until_ready();
    for session in [&idle, &busy, &stopped] {
        look(&daemon, session);
    }
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
