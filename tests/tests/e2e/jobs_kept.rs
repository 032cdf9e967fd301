//! Jobs across restarts and deaths.

use phoebed_tests::{Daemon, Job, Settings, Signal, add_curve, eventually, signal};
use serde_json::{Value, json};

fn run() -> Value {
    json!({ "command": "run_compute" })
}

#[test]
fn a_job_goes_on_after_a_restart_and_one_that_was_waited_for_has_failed() {
    let mut daemon = Daemon::start(Settings::new());
    let (session, other) = (daemon.start_session(), daemon.start_session());
    for session in [&session, &other] {
        add_curve(session, 5);
    }
    let job = Job::submit(&session, &run());
    signal(daemon.compute_child(&session).pid, Signal::SIGSTOP);
    let behind = Job::submit(&session, &json!({ "command": "run_compute", "model": "second" }));
    let waited_for = other.send_in_background(&run());
    signal(daemon.compute_child(&other).pid, Signal::SIGSTOP);
    let interrupted = Job::latest(&other);
    daemon.kill();
    assert!(waited_for.outcome().is_err(), "nobody is left to answer");

    daemon.start_again();
    daemon.wait_until_ready();
    let now = job.wait_for("succeeded");
    assert_eq!(now["attempts"], 2);
    assert_eq!(behind.wait_for("succeeded")["attempts"], 1);
    assert_eq!(job.result()["result"]["model"], behind.result()["result"]["model"]);
    let failed = interrupted.now();
    assert_eq!(failed["state"], "failed");
    assert!(failed["error"].as_str().is_some_and(|text| text.starts_with("interrupted")));
    assert_eq!(interrupted.result()["success"], false);
    // An orderly stop is a restart too; results stay.
    let job = Job::submit(&other, &run());
    signal(daemon.compute_child(&other).pid, Signal::SIGSTOP);
    daemon.signal(Signal::SIGTERM);
    daemon.stopped();
    daemon.start_again();
    daemon.wait_until_ready();
    job.wait_for("succeeded");
    assert_eq!(behind.result()["success"], true);
    daemon.stop();
}

#[test]
fn whoever_was_told_of_a_job_that_waits_for_its_process_finds_it_after_a_restart() {
    let mut daemon = Daemon::start(Settings::new().set("resources.compute_processes", 1));
    let (session, other) = (daemon.start_session(), daemon.start_session());
    for session in [&session, &other] {
        add_curve(session, 5);
    }
    let computes = Job::submit(&other, &run());
    signal(daemon.compute_child(&other).pid, Signal::SIGSTOP);
    let impatient = format!("{}?timeout=0.2", session.path());
    let late = daemon.api().post_json(&impatient, &run()).expect(200).json();
    let waits = Job::of(daemon.api(), &json!({ "id": late["job_id"] }));
    daemon.kill();
    daemon.start_again();
    daemon.wait_until_ready();
    for job in [waits, computes] {
        job.wait_for("succeeded");
    }
    daemon.stop();
}

#[test]
fn a_job_whose_session_cannot_be_woken_says_why_it_waits() {
    let mut daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 2);
    daemon.api().post(&format!("/dash/sessions/{}/hibernate", session.id)).expect(200);
    daemon.kill();
    let file = daemon.path().join("state/state.db");
    let database = rusqlite::Connection::open(&file).expect("the state database");
    database.execute("UPDATE snapshots SET compressed = zeroblob(9)", []).expect("snapshots");
    drop(database);
    daemon.start_again();
    daemon.wait_until_ready();
    let job = Job::submit(&session, &run());
    let now = eventually("it says why it waits", || {
        Some(job.now()).filter(|now| now["error"].is_string())
    });
    assert_eq!(now["state"], "queued", "{now}");
    assert!(now["error"].as_str().is_some_and(|text| text.contains("could not be woken")), "{now}");
    session.end();
    assert_eq!(job.now()["state"], "cancelled");
    daemon.stop();
}

#[test]
fn a_job_whose_worker_is_killed_runs_again_three_times_at_most() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 5);
    let job = Job::submit(&session, &run());
    for attempt in 1..=3 {
        eventually("it runs", || {
            let now = job.now();
            (now["attempts"] == attempt && now["state"] == "running").then_some(())
        });
        let child = daemon.compute_child(&session);
        signal(child.pid, Signal::SIGSTOP);
        signal(daemon.worker(&session).pid, Signal::SIGKILL);
    }
    let failed = job.wait_for("failed");
    assert!(failed["error"].as_str().is_some_and(|text| text.contains("SIGKILL")), "{failed}");
    session.ping();
    daemon.stop();
}

#[test]
fn where_sessions_are_not_kept_results_still_are() {
    let mut daemon = Daemon::start(Settings::new().set("session.durability", "\"none\""));
    let session = daemon.start_session();
    add_curve(&session, 2);
    let job = Job::submit(&session, &run());
    job.wait_for("succeeded");
    let running = Job::submit(&session, &json!({ "command": "run_compute", "model": "second" }));
    signal(daemon.compute_child(&session).pid, Signal::SIGSTOP);
    daemon.kill();
    daemon.start_again();
    daemon.wait_until_ready();
    assert_eq!(job.result()["success"], true);
    let error = running.wait_for("failed")["error"].clone();
    assert!(error.as_str().is_some_and(|text| text.contains("session is no more")), "{error}");
    daemon.stop();
}

#[test]
fn a_helper_that_is_killed_fails_its_job_and_the_session_is_as_it_was() {
    let daemon = Daemon::start(Settings::new().set("resources.compute_processes", 2));
    let session = daemon.start_session();
    add_curve(&session, 3000);
    let before = session.result(&json!({ "command": "get_bundle" }));
    let job = Job::submit(&session, &run());
    let child = daemon.compute_child(&session);
    let helpers = eventually("two share the work", || {
        Some(phoebed_tests::children(child.pid)).filter(|helpers| helpers.len() == 2)
    });
    signal(helpers[0].pid, Signal::SIGKILL);
    let failed = job.wait_for("failed");
    let error = failed["error"].as_str().expect("a text");
    assert!(error.contains("was killed by signal 9"), "{error}");
    eventually("nothing is left", || {
        let left = [child.clone(), helpers[0].clone(), helpers[1].clone()];
        left.iter().all(|process| !process.is_alive()).then_some(())
    });
    assert!(session.result(&json!({ "command": "get_bundle" })) == before);
    daemon.stop();
}
