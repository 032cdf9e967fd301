//! Commands that take longer than their callers wait.

use phoebed_tests::{Daemon, Job, Session, Settings, Signal, eventually, jobs_of, signal};
use serde_json::{Value, json};

#[test]
fn who_waits_too_long_is_told_the_job_to_ask_and_the_session_goes_on() {
    let daemon = Daemon::start(Settings::new().set("session.command_timeout_seconds", 1));
    let session = daemon.start_session();
    add_dataset(&session);
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);

    let answer = computing.answer();
    let late = answer.clone().expect(200).json();
    assert_eq!((&late["success"], &late["error"]), (&json!(false), &json!("Worker timed out")));
    let job = format!("/dash/jobs/{}", late["job_id"].as_str().expect("a job"));
    assert_eq!(answer.header("location"), Some(job.as_str()));
    // What only reads is answered, from the state before.
    session.ping();
    let teff = json!({ "command": "get_value", "twig": "teff@primary@component" });
    assert_eq!(session.result(&teff), 6000.0);
    // What changes something waits, for as long as its caller has patience.
    let api = daemon.api();
    let impatient = format!("{}?timeout=0.2", session.path());
    let change = json!({ "command": "set_value", "twig": "teff@primary@component", "value": 1 });
    let answer = api.post_json(&impatient, &change).expect(200).json();
    let error = answer["error"].as_str().expect("a text");
    assert!(error.contains("busy (run_compute)") && error.contains("not carried out"), "{error}");
    let running = api.get(&job).expect(200).json();
    assert_eq!(running["state"], "running", "{running}");
    assert_eq!(api.get(&format!("{job}/result")).status, 409);

    signal(child.pid, Signal::SIGCONT);
    eventually("the job is done", || (api.get(&job).json()["state"] == "succeeded").then_some(()));
    let result = api.get(&format!("{job}/result")).expect(200).json();
    let fluxes = json!({ "command": "get_value", "qualifier": "fluxes", "context": "model" });
    assert_eq!(session.result(&fluxes), result["result"]["model"]["lc01"]["fluxes"]);
    assert_eq!(session.result(&teff), 6000.0);
    daemon.stop();
}

#[test]
fn who_gives_up_behind_another_finds_its_job_in_its_place() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_dataset(&session);
    let first = Job::submit(&session, &json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let waiting = |count: usize| {
        eventually(&format!("{count} wait"), || {
            let shown = daemon.ctl(&["sessions", "show", &session.id, "--json"]);
            let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
            (shown["waiting_commands"] == count).then_some(())
        });
    };
    let run = json!({ "command": "run_compute", "model": "second" });
    let impatient = session.send_in_background_to("?timeout=5", &run);
    waiting(1);
    // What comes after it is done after it, whatever becomes of it.
    let heat = json!({ "command": "set_value", "twig": "teff@primary@component", "value": 7000 });
    let heating = session.send_in_background(&heat);
    let answer = impatient.answer();
    let late = answer.clone().expect(200).json();
    assert_eq!((&late["success"], &late["error"]), (&json!(false), &json!("Worker timed out")));
    let second = Job::of(daemon.api(), &json!({ "id": late["job_id"] }));
    assert_eq!(answer.header("location"), Some(second.path("").as_str()));
    assert_eq!(second.now()["state"], "queued");
    waiting(1);
    signal(child.pid, Signal::SIGCONT);
    heating.answer().expect(200);
    let (first, second) = (first.wait_for("succeeded"), second.wait_for("succeeded"));
    assert!(first["finished_at"].as_f64() <= second["started_at"].as_f64(), "{first} {second}");
    let fluxes = |model: &str| {
        session.result(&json!({ "command": "get_value", "qualifier": "fluxes", "model": model }))
    };
    assert_eq!(fluxes("second"), fluxes("latest"), "computed before the change");
    daemon.stop();
}

#[test]
fn who_gives_up_and_can_have_no_job_is_told_why() {
    let daemon = Daemon::start(Settings::new().set("jobs.queue_limit", 1));
    let session = daemon.start_session();
    add_dataset(&session);
    let run = json!({ "command": "run_compute" });
    let first = Job::submit(&session, &run);
    signal(daemon.compute_child(&session).pid, Signal::SIGSTOP);
    let waits = Job::submit(&session, &run);
    let impatient = format!("{}?timeout=0.2", session.path());
    let refused = daemon.api().post_json(&impatient, &run).expect(429).detail();
    assert!(refused.contains("not carried out") && refused.contains("1 of 1"), "{refused}");
    let listed = daemon.api().get(&jobs_of(&session)).expect(200).json();
    assert_eq!(listed["jobs"].as_array().map(Vec::len), Some(2), "{listed}");
    for job in [waits, first] {
        job.cancel().expect(200);
    }
    daemon.stop();
}

#[test]
fn a_timeout_that_is_none_is_refused() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    for wrong in ["", "soon", "-1", "nan", "inf", "1e9"] {
        let path = format!("{}?timeout={wrong}", session.path());
        let answer = daemon.api().post_json(&path, &json!({ "command": "ping" }));
        assert_eq!(answer.status, 422, "{wrong}");
        assert_eq!(answer.json()["detail"][0]["loc"], json!(["query", "timeout"]));
    }
    daemon.stop();
}

#[test]
fn a_session_can_be_ended_while_its_command_runs_late() {
    let daemon = Daemon::start(Settings::new().set("session.command_timeout_seconds", 1));
    let session = daemon.start_session();
    add_dataset(&session);
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    assert_eq!(computing.answer().json()["error"], "Worker timed out");
    session.end();
    assert!(!child.is_alive(), "the end is answered when nothing is left");
    assert_eq!(daemon.ended_row(&session)["termination_reason"], "manual");
    daemon.stop();
}

#[test]
fn ending_a_session_answers_the_command_that_runs() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_dataset(&session);
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    session.end();
    assert_eq!(computing.answer().status, 404);
    assert!(!child.is_alive());
    daemon.stop();
}

/// Adds a dataset, which takes longer than the command timeout on a busy machine.
fn add_dataset(session: &Session) {
    session.send(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.1, 0.2, 0.3, 0.4] }));
    eventually("the dataset is there", || {
        let answer = session.send(&json!({ "command": "get_datasets" })).expect(200).json();
        answer["result"]["datasets"]["lc01"].is_object().then_some(())
    });
}
