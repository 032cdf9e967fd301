//! The log database on a disk that fills up: the service goes on and catches up.

use phoebed_tests::{Daemon, Settings, eventually};
use serde_json::{Value, json};

use crate::ctl::{Ctl, is_root};
use crate::mounted::SmallDisk;
use crate::sql;

#[test]
fn a_full_disk_stops_no_command_and_what_waited_is_written_when_there_is_room() {
    if !is_root() {
        return;
    }
    let disk = SmallDisk::mount(2048);
    let database = disk.path().join("sessions.db");
    let path = format!("'{}'", database.display());
    let daemon = Daemon::start(Settings::new().set("database.path", path));
    let ctl = Ctl::of(&daemon);
    let store = || ctl.json(&["status"])["store"].clone();
    let session = daemon.start_session();
    let log = sql::open(&database);
    log.query_row("SELECT 1", [], |_| Ok(())).expect("it is there");
    drop(log);

    let filler = disk.fill();
    let long = "x".repeat(2000);
    let fails = json!({ "command": "get_value", "qualifier": long });
    let mut sent = 0;
    let state = eventually("the log database cannot be written", || {
        session.failure(&fails);
        sent += 1;
        Some(store()).filter(|store| store["state"] == "failing")
    });
    let cause = state["cause"].as_str().expect("a cause");
    assert!(cause.contains("no space left for ") && cause.contains("sessions.db"), "{cause}");
    ctl.ok(&["status"]).says(&["failing for ", "no space left for ", " 0 lost"]);
    for _ in 0..20 {
        session.failure(&fails);
        sent += 1;
    }
    let other = daemon.start_session();
    other.ping();
    other.end();
    assert!(store()["queued"].as_u64().is_some_and(|queued| queued >= 20), "{}", store());
    let log = daemon.log();
    let said: Vec<&str> = log.lines().filter(|line| line.contains("cannot be written")).collect();
    assert!(!said.is_empty() && said.len() < 10, "said, and not without end: {said:#?}");

    std::fs::remove_file(filler).expect("room again");
    let state = eventually("it can be written again", || {
        Some(store()).filter(|store| store["state"] == "ok" && store["queued"] == 0)
    });
    assert_eq!((&state["dropped"], &state["cause"]), (&0.into(), &Value::Null));
    let problem = state["last_error"]["message"].as_str().expect("the trouble is remembered");
    assert!(problem.contains("no space left"), "{problem}");
    ctl.ok(&["status"]).says(&["was in trouble "]);
    let commands = "SELECT count(*) FROM session_commands WHERE command_name = 'get_value'";
    assert_eq!(sql::number(&database, commands), sent);
    let reason =
        format!("SELECT termination_reason FROM sessions WHERE session_id = '{}'", other.id);
    assert_eq!(sql::column(&database, &reason), ["manual"]);
    assert!(daemon.log().contains("can be written again"));
    assert_eq!(sql::column(&database, "PRAGMA integrity_check"), ["ok"]);
    daemon.stop();
}
