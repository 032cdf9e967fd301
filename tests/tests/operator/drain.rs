//! `phoebectl drain` and `undrain`.

use phoebed_tests::{Daemon, Settings, eventually};
use serde_json::json;

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

#[test]
fn a_daemon_that_was_drained_takes_sessions_after_a_restart() {
    let mut daemon = Daemon::start(Settings::new());
    Ctl::of(&daemon).ok(&["drain"]);
    daemon.restart();
    daemon.wait_until_ready();
    daemon.start_session().ping();
    daemon.stop();
}
