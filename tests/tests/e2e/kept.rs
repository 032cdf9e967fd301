//! What outlives an exchanged engine, a damaged file, and restarts under load.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use phoebed_tests::{Api, Daemon, Session, Settings, Signal, python};
use serde_json::{Value, json};

const TEFF: &str = "teff@primary@component";

fn set(value: f64) -> Value {
    json!({ "command": "set_value", "twig": TEFF, "value": value })
}

fn get() -> Value {
    json!({ "command": "get_value", "twig": TEFF })
}

/// An interpreter whose engine calls itself another version whenever `version` is written anew.
fn upgradable_engine(directory: &Path) -> String {
    let script = directory.join("python");
    let text = format!(
        "#!/bin/sh\nset -e\nhere=$(dirname \"$0\")\nrm -rf \"$here/package\"\n\
         cp -r \"$3\" \"$here/package\"\nsed -i \"s/^_FORM = .*/_FORM = $(cat \"$here/version\")/\" \
         \"$here/package/phoebed_worker/keeping.py\"\nexec {} -I -B \"$here/package\"\n",
        python().display()
    );
    std::fs::write(&script, text).expect("a script");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("it is ours");
    format!("'{}'", script.display())
}

#[test]
fn sessions_go_on_with_another_version_of_the_engine() {
    let directory = tempfile::tempdir().expect("a directory");
    let upgrade = |to: u32| {
        std::fs::write(directory.path().join("version"), to.to_string()).expect("a file");
    };
    upgrade(101);
    // The script is a program of its own, which the sandbox does not know of.
    let settings = Settings::new().set("sandbox.mode", "\"off\"");
    let engine = upgradable_engine(directory.path());
    let mut daemon = Daemon::start(settings.set("engine.python", engine));
    let session = daemon.start_session();
    let uniqueid = session.result(&json!({ "command": "get_uniqueid", "twig": TEFF }));
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25] }));
    let model = session.result(&json!({ "command": "run_compute" }));
    session.ok(&set(6001.5));
    let look = |daemon: &Daemon, session: &Session, teff: f64| {
        assert_eq!(session.result(&json!({ "command": "get_uniqueid", "twig": TEFF })), uniqueid);
        assert_eq!(session.result(&get()), teff);
        let fluxes = json!({ "command": "get_value", "qualifier": "fluxes", "context": "model" });
        assert_eq!(session.result(&fluxes), model["model"]["lc01"]["fluxes"]);
        assert!(!daemon.log().contains("cannot be used"), "{}", daemon.log());
    };
    // At a stop the form for any engine is brought up to date.
    daemon.signal(Signal::SIGTERM);
    daemon.stopped();
    upgrade(102);
    daemon.start_again();
    daemon.wait_until_ready();
    look(&daemon, &session, 6001.5);
    // After a kill it is what it was, and the journal after it is for any engine too.
    session.ok(&set(6002.5));
    daemon.kill();
    upgrade(103);
    daemon.start_again();
    daemon.wait_until_ready();
    look(&daemon, &session, 6002.5);
    daemon.stop();
}

#[test]
fn a_state_that_was_damaged_is_set_aside_and_the_one_before_it_used() {
    let mut daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    session.ok(&set(6001.5));
    daemon.api().post(&format!("/dash/sessions/{}/hibernate", session.id)).expect(200);
    session.ok(&set(6002.5));
    daemon.kill();
    let file = daemon.path().join("state/state.db");
    let database = rusqlite::Connection::open(&file).expect("the state database");
    let flip = "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), '6002.5', '6003.5') \
                AS BLOB)";
    assert!(database.execute(flip, []).expect("an entry") > 0);
    drop(database);
    daemon.start_again();
    daemon.wait_until_ready();
    let teff = session.result(&get());
    assert!(teff == 6001.5, "{teff}");
    let log = daemon.log();
    assert!(log.contains("the latest state of a session cannot be used"), "{log}");
    let database = rusqlite::Connection::open(&file).expect("the state database");
    let set_aside: i64 =
        database.query_row("SELECT count(*) FROM damaged", [], |row| row.get(0)).expect("a count");
    assert!(set_aside > 0);
    // It goes on from there.
    session.ok(&set(6004.5));
    daemon.kill();
    daemon.start_again();
    assert_eq!(session.result(&get()), 6004.5);
    daemon.stop();
}

#[test]
fn a_truncated_file_is_set_aside_and_what_it_still_has_goes_on() {
    let mut daemon = Daemon::start(Settings::new());
    let sessions: Vec<Session> = (0..3).map(|_| daemon.start_session()).collect();
    for session in &sessions {
        session.ok(&set(6001.5));
    }
    daemon.signal(Signal::SIGTERM);
    daemon.stopped();
    let file = daemon.path().join("state/state.db");
    let length = file.metadata().expect("the state database").len();
    let truncated = std::fs::File::options().write(true).open(&file).expect("the file");
    // One page: rows at the end of the file.
    truncated.set_len(length - 4096).expect("a shorter file");
    daemon.start_again();
    daemon.wait_until_ready();
    assert!(daemon.log().contains("the state database is damaged and was set aside"));
    let whole = sessions
        .iter()
        .filter(|session| session.is_listed() && session.send(&get()).json()["result"] == 6001.5);
    assert!(whole.count() > 0, "nothing was saved");
    daemon.start_session().ping();
    daemon.stop();
}

/// Sets one value after the other, each until it is acknowledged, and answers the last.
fn write_until(session: &Session, api: &Api, is_over: &AtomicBool) -> f64 {
    let mut value = 5000.0;
    while !is_over.load(Ordering::Relaxed) {
        value += 1.0;
        loop {
            let request = api.request("POST", &session.path());
            let request = request.header("content-type", "application/json");
            match request.body(set(value).to_string()).try_run() {
                Ok(answer) if answer.status == 200 => {
                    assert_eq!(answer.json()["success"], true, "{}", answer.text());
                    break;
                }
                Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
                // Nobody listens for a moment.
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
    value
}

#[test]
fn restarts_under_load_lose_nothing_that_was_acknowledged() {
    let mut daemon = Daemon::start(Settings::new());
    let sessions: Vec<Session> = (0..4).map(|_| daemon.start_session()).collect();
    let is_over = AtomicBool::new(false);
    let api = Api::new(daemon.api().port());
    let acknowledged: Vec<f64> = std::thread::scope(|scope| {
        let writers: Vec<_> = sessions
            .iter()
            .map(|session| scope.spawn(|| write_until(session, &api, &is_over)))
            .collect();
        for round in 0..4 {
            if round % 2 == 0 {
                daemon.signal(Signal::SIGTERM);
                daemon.stopped();
            } else {
                daemon.kill();
            }
            daemon.start_again();
            daemon.wait_until_ready();
        }
        is_over.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().expect("a writer")).collect()
    });
    for (session, value) in sessions.iter().zip(acknowledged) {
        assert!(value > 5001.0);
        assert_eq!(session.result(&get()), value);
    }
    daemon.stop();
}
