//! The log database locked by somebody else for a while: the service goes on and catches up.

use phoebed_tests::{Daemon, Settings, eventually};
use serde_json::{Value, json};

use crate::ctl::Ctl;
use crate::sql;

#[test]
fn a_lock_of_somebody_else_stops_no_command_and_what_waited_is_written_after_it() {
    let daemon = Daemon::start(Settings::new());
    let ctl = Ctl::of(&daemon);
    let store = || ctl.json(&["status"])["store"].clone();
    let (live, ending) = (daemon.start_session(), daemon.start_session());
    let get = json!({ "command": "get_datasets" });
    live.result(&get);
    eventually("the first command is in the file", || {
        let logs = ctl.json(&["sessions", "logs", &live.id]);
        (logs["commands"].as_array().map(Vec::len) == Some(1)).then_some(())
    });
    let holder = sql::open(&sql::file_of(&daemon));
    holder.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    for _ in 0..10 {
        live.result(&get);
    }
    let started = daemon.start_session();
    ending.end();
    let killed = ctl.ok(&["sessions", "kill", &started.id, "--yes"]);
    killed.says(&["1 session ended"]);
    let state = eventually("the store says that it waits", || {
        Some(store()).filter(|store| store["state"] == "delayed")
    });
    let cause = state["cause"].as_str().expect("a cause");
    assert!(cause.ends_with("sessions.db is locked by another process"), "{cause}");
    assert!(state["queued"].as_u64().is_some_and(|queued| queued >= 12), "{state}");
    ctl.ok(&["status"]).says(&["delayed for ", "is locked by another process", " 0 lost"]);
    eventually("it is logged", || {
        daemon.log().contains("the log database cannot be written").then_some(())
    });
    // What is in the file can still be read, and a new file cannot be made now.
    let logs = ctl.json(&["sessions", "logs", &live.id]);
    assert_eq!(logs["commands"].as_array().map(Vec::len), Some(1), "{logs}");
    let refused = ctl.run(&["init-db", "--force"]).expect(1);
    refused.says(&["error: ", "is locked by another process", "hint: "]);

    holder.execute_batch("ROLLBACK").expect("the lock is given back");
    drop(holder);
    let state = eventually("it has caught up", || {
        Some(store()).filter(|store| store["state"] == "ok" && store["queued"] == 0)
    });
    assert_eq!((&state["dropped"], &state["cause"]), (&0.into(), &Value::Null));
    let logs = ctl.json(&["sessions", "logs", &live.id]);
    assert_eq!(logs["commands"].as_array().map(Vec::len), Some(11), "{logs}");
    assert_eq!(daemon.ended_row(&ending)["termination_reason"], "manual");
    assert_eq!(daemon.ended_row(&started)["termination_reason"], "killed");
    let listed = std::fs::read_dir(daemon.path().join("data")).expect("the folder");
    let names: Vec<_> = listed.flatten().map(|entry| entry.file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains(".db.")), "{names:?}");
    daemon.database().check();
    daemon.stop();
}
