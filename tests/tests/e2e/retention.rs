//! What becomes of sessions that hibernate for long, and of those that were used just before a
//! restart.

use phoebed_tests::{Daemon, Session, Settings, Signal, eventually};
use serde_json::{Value, json};

const DAY: f64 = 24.0 * 3600.0;

/// Has the daemon believe that a session was not used for so many days.
fn leave_alone(daemon: &Daemon, session: &Session, days: f64) {
    let database = rusqlite::Connection::open(daemon.path().join("state/state.db"));
    let changed = database.expect("the state database").execute(
        "UPDATE sessions SET last_activity = last_activity - ?2 WHERE session_id = ?1",
        rusqlite::params![session.id, days * DAY],
    );
    assert_eq!(changed.expect("a change"), 1);
}

#[test]
fn a_session_that_nobody_uses_ends_after_its_time_and_says_so_before() {
    let mut daemon = Daemon::start(Settings::new());
    let sessions: Vec<Session> = (0..3).map(|_| daemon.start_session()).collect();
    let [young, old, expired] = &sessions[..] else { unreachable!("three were started") };
    for session in &sessions {
        session.ok(&json!({ "command": "set_value", "twig": "teff@primary@component",
            "value": 6001.5 }));
        assert_eq!(session.now()["terminates_at"], Value::Null);
    }
    daemon.signal(Signal::SIGTERM);
    daemon.stopped();
    leave_alone(&daemon, young, 20.0);
    leave_alone(&daemon, old, 25.0);
    leave_alone(&daemon, expired, 31.0);
    daemon.start_again();
    daemon.wait_until_ready();
    eventually("it has expired", || (!expired.is_listed()).then_some(()));
    assert_eq!(daemon.ended_row(expired)["termination_reason"], "expired");
    assert_eq!(young.now()["terminates_at"], Value::Null);
    let announced = old.now();
    let (at, used) = (announced["terminates_at"].as_f64(), announced["last_activity"].as_f64());
    assert_eq!(at, used.map(|used| used + 30.0 * DAY), "{announced}");
    let shown = daemon.ctl(&["sessions", "show", &old.id]).stdout;
    assert!(shown.contains("unless it is used before"), "{shown}");
    // It is used, and stays.
    let get = json!({ "command": "get_value", "twig": "teff@primary@component" });
    assert_eq!(old.result(&get), 6001.5);
    assert_eq!(old.now()["terminates_at"], Value::Null);
    daemon.stop();
}

#[test]
fn the_session_that_was_used_last_is_awake_after_a_restart_before_anybody_asks() {
    let mut daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    session.ok(&json!({ "command": "set_value", "twig": "teff@primary@component",
        "value": 6001.5 }));
    let before = session.now();
    daemon.kill();
    daemon.start_again();
    eventually("it is awake", || (session.now()["status"] == "active").then_some(()));
    let get = json!({ "command": "get_value", "twig": "teff@primary@component" });
    assert_eq!(session.result(&get), 6001.5);
    assert_eq!(session.now()["created_at"], before["created_at"]);
    daemon.stop();
}

#[test]
fn nothing_hibernates_after_a_restart_for_what_was_used_before_it() {
    let mut daemon = Daemon::start(Settings::new().set("resources.max_workers_per_user", 1));
    let used = |daemon: &Daemon| {
        let session = daemon.start_session();
        session.ok(&json!({ "command": "set_value", "twig": "teff@primary@component",
            "value": 6001.5 }));
        session
    };
    let earlier = used(&daemon);
    daemon.api().post(&format!("/dash/sessions/{}/hibernate", earlier.id)).expect(200);
    let latest = used(&daemon);
    daemon.kill();
    daemon.start_again();
    let said = "1 sessions that were used before the daemon stopped are awake";
    eventually("what was used last is awake", || daemon.log().contains(said).then_some(()));
    assert_eq!(latest.now()["status"], "active");
    assert!(earlier.is_hibernated());
    daemon.stop();
}
