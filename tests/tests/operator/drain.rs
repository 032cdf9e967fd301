//! `phoebectl drain` and `undrain`.

use phoebed_tests::{Daemon, Job, Session, Settings, eventually};
use serde_json::{Value, json};

use crate::ctl::Ctl;

const REFUSED: &str = "The server takes no new sessions now (it is being drained); try again later";

#[test]
fn while_the_daemon_drains_what_runs_goes_on_and_nothing_new_begins() {
    let daemon = Daemon::start(Settings::new());
    let ctl = Ctl::of(&daemon);
    let (busy, idle) = (daemon.start_session(), daemon.start_session());
    busy.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": (0..400).map(|n| f64::from(n) / 400.0).collect::<Vec<_>>() }));
    let compute = busy.send_in_background(&json!({ "command": "run_compute" }));
    eventually("it computes", || (ctl.json(&["status"])["sessions"]["busy"] == 1).then_some(()));
    let answer = ctl.json(&["drain"]);
    assert_eq!(answer, json!({ "draining": true, "changed": true, "running": 1 }));
    ctl.ok(&["status"]).says(&["draining", "no new sessions are taken"]);

    for (method, path) in [("POST", "/dash/start-session"), ("GET", "/ready")] {
        let refused = daemon.api().request(method, path).run().expect(503);
        assert_eq!(refused.detail(), REFUSED);
        assert!(refused.header("retry-after").is_some_and(|after| after.parse::<u32>().is_ok()));
    }
    assert_eq!(daemon.api().get("/health").status, 200);
    idle.ping();
    ctl.run(&["drain", "--wait", "--timeout", "300ms"]).expect(1).says(&["still at work"]);
    ctl.ok(&["drain", "--wait", "--timeout", "4m"]).says(&["draining already; nothing is at work"]);
    // Nothing ran any more, so the answer is there or on its way.
    assert_eq!(compute.answer().expect(200).json()["success"], true);

    ctl.ok(&["undrain"]).says(&["new sessions are taken again"]);
    assert_eq!(daemon.api().get("/ready").status, 200);
    daemon.start_session().ping();
    ctl.ok(&["undrain"]).says(&["it was not draining"]);
    daemon.stop();
}

/// Gives the session something that computes for long.
fn with_long_work(session: &Session) -> Value {
    let phases: Vec<f64> = (0..4_000).map(|n| f64::from(n) / 4_000.0).collect();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": phases }));
    json!({ "command": "run_compute" })
}

#[test]
fn work_that_waits_for_its_turn_is_waited_for_too() {
    let daemon = Daemon::start(Settings::new().set("resources.compute_processes", 1));
    let ctl = Ctl::of(&daemon);
    let at_work = |number: usize| {
        eventually("so many are at work", || {
            (ctl.json(&["status"])["at_work"] == number).then_some(())
        });
    };
    let (first, second, third) =
        (daemon.start_session(), daemon.start_session(), daemon.start_session());
    let running = Job::submit(&first, &with_long_work(&first));
    running.wait_for("running");
    let queued = Job::submit(&second, &with_long_work(&second));
    at_work(2);
    // Its caller waits for the process that the first has.
    let compute = third.send_in_background(&with_long_work(&third));
    at_work(3);
    assert_eq!(ctl.json(&["drain"])["running"], 3);
    let waits = ctl.run(&["drain", "--wait", "--timeout", "300ms"]).expect(1);
    waits.says(&["3 sessions are still at work"]);
    for job in [&queued, &running] {
        job.cancel();
    }
    at_work(1);
    third.end();
    drop(compute.answer());
    ctl.ok(&["drain", "--wait", "--timeout", "60s"]).says(&["nothing is at work"]);
    daemon.stop();
}

#[test]
fn a_daemon_that_was_drained_takes_sessions_after_a_restart() {
    let mut daemon = Daemon::start(Settings::new());
    Ctl::of(&daemon).ok(&["drain"]);
    daemon.restart();
    daemon.wait_until_ready();
    daemon.start_session().ping();
    daemon.stop();
}
