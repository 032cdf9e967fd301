//! What a computation leaves in the log database.

use phoebed_tests::{Daemon, Settings, eventually};
use serde_json::json;

use crate::ctl::Ctl;

#[test]
fn a_computation_is_logged_with_its_time_and_the_memory_after_it() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25, 0.5] }));
    let samples = || {
        daemon.database().rows(&format!(
            "SELECT timestamp, memory_used_mb FROM session_metrics WHERE session_id = '{}'
             ORDER BY timestamp",
            session.id
        ))
    };
    session.result(&json!({ "command": "run_compute" }));
    let logs = Ctl::of(&daemon).json(&["sessions", "logs", &session.id, "--limit", "1"]);
    let compute = &logs["commands"][0];
    assert_eq!((&compute["command"], &compute["success"]), (&"run_compute".into(), &true.into()));
    let took = compute["execution_time_ms"].as_f64().expect("its time") / 1e3;
    let end = compute["timestamp"].as_f64().expect("its beginning") + took;
    let last = eventually("the memory after it is measured", || {
        let is_after = |at: f64| at >= end - 1.0;
        samples().pop().filter(|last| last["timestamp"].as_f64().is_some_and(is_after))
    });
    assert!(last["memory_used_mb"].as_f64().is_some_and(|mib| mib > 1.0), "{last}");
    let shown = Ctl::of(&daemon).json(&["sessions", "show", &session.id]);
    assert!(shown["memory_mib"].as_f64().is_some_and(|mib| mib > 1.0), "{shown}");
    daemon.stop();
}
