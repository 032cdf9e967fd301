//! Long commands as jobs: submitted, followed, cancelled, and their results kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use phoebed_tests::{Daemon, Job, Settings, Signal, add_curve, eventually, jobs_of, signal};
use serde_json::{Value, json};

const RUN: &str = "run_compute";
const TEFF: &str = "teff@primary@component";

fn run() -> Value {
    json!({ "command": RUN })
}

fn set(value: f64) -> Value {
    json!({ "command": "set_value", "twig": TEFF, "value": value })
}

fn get() -> Value {
    json!({ "command": "get_value", "twig": TEFF })
}

#[test]
fn a_job_gives_what_send_gives_and_tells_of_itself_on_the_way() {
    let daemon = Daemon::start(Settings::new());
    let (one, other) = (daemon.start_session(), daemon.start_session());
    for session in [&one, &other] {
        add_curve(session, 120);
    }
    let job = Job::submit(&one, &run());
    let events = daemon.api().get(&job.path("/events")).expect(200);
    assert!(events.header("content-type").is_some_and(|it| it.starts_with("text/event-stream")));
    let text = events.text();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let told: Vec<Value> = data.map(|json| serde_json::from_str(json).expect("JSON")).collect();
    let progress: Vec<f64> = told.iter().filter_map(|job| job["progress"].as_f64()).collect();
    assert!(progress.is_sorted() && progress.len() > 3, "{progress:?}");
    assert!(told.iter().any(|job| job["stage"] == "times" && job["steps"] == 120), "{text}");
    let last = told.last().expect("an event");
    assert_eq!((&last["state"], &last["progress"]), (&json!("succeeded"), &json!(1.0)));
    assert!(text.contains("event: finished"), "{text}");

    assert_eq!(job.now()["state"], "succeeded");
    assert_eq!(job.now()["attempts"], 1);
    let answer = job.result();
    assert_eq!(answer["success"], true);
    assert_eq!(answer["result"], other.result(&run()), "to the last digit");
    // Long polling answers at once for what is over.
    assert_eq!(daemon.api().get(&job.path("/events?wait=60")).json()["state"], "succeeded");
    // The synchronous one is listed too, and cheap commands are not.
    let jobs = daemon.api().get(&jobs_of(&other)).expect(200).json();
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1), "{jobs}");
    assert_eq!(jobs["jobs"][0]["command"], RUN);
    assert_eq!(jobs["jobs"][0]["state"], "succeeded");
    daemon.stop();
}

#[test]
fn commands_and_jobs_of_a_session_keep_their_order() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 5);
    let first = Job::submit(&session, &run());
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let second = Job::submit(&session, &json!({ "command": RUN, "model": "second" }));
    let changing = session.send_in_background(&set(7000.0));
    eventually("the change waits", || {
        let status = daemon.ctl(&["sessions", "show", &session.id, "--json"]);
        let session: Value = serde_json::from_str(&status.stdout).expect("JSON");
        (session["waiting_commands"] == 1).then_some(())
    });
    assert_eq!(session.result(&get()), 6000.0, "what only reads is answered meanwhile");
    assert!(!changing.is_answered());
    assert_eq!((first.now()["state"].clone(), second.now()["state"].clone()), {
        (json!("running"), json!("queued"))
    });
    signal(child.pid, Signal::SIGCONT);
    changing.answer().expect(200);
    // Both were computed before the change.
    assert_eq!(second.now()["state"], "succeeded");
    let (one, two) = (first.result(), second.result());
    assert_eq!(one["result"]["model"], two["result"]["model"]);
    assert_eq!(session.result(&get()), 7000.0);
    daemon.stop();
}

#[test]
fn who_reads_without_a_pause_keeps_no_job_from_being_begun() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 5);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reads = || {
            while !is_over.load(Ordering::Relaxed) {
                session.result(&json!({ "command": "get_bundle" }));
            }
        };
        let readers = [(); 3].map(|()| scope.spawn(reads));
        let job = Job::submit(&session, &run());
        // Or it never ends: there is always somebody who wants to read.
        let ended = catch_unwind(AssertUnwindSafe(|| job.wait_for("succeeded")));
        is_over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("all was read");
        }
        ended.expect("the job was begun");
    });
    daemon.stop();
}

#[test]
fn a_submission_that_is_repeated_is_the_same_job() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 2);
    let submit = |key: &str, command: &Value| {
        let request = daemon.api().request("POST", &jobs_of(&session));
        let request = request.header("content-type", "application/json");
        request.header("idempotency-key", key).body(command.to_string()).run()
    };
    let first = Job::of(daemon.api(), &submit("mine", &run()).expect(202).json());
    first.wait_for("succeeded");
    let again = submit("mine", &run()).expect(202).json();
    assert_eq!((&again["id"], &again["state"]), (&json!(first.id), &json!("succeeded")));
    let other = submit("mine", &json!({ "command": RUN, "model": "other" })).expect(409);
    assert!(other.detail().contains(&first.id));
    assert_ne!(
        submit("yours", &json!({ "command": RUN, "model": "other" })).json()["id"],
        first.id
    );
    assert_eq!(submit(&"x".repeat(256), &run()).status, 422);
    daemon.stop();
}

#[test]
fn a_failed_command_is_a_failed_job_with_the_workers_answer() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let wrong = json!({ "command": RUN, "ntriangles": -7 });
    let job = Job::submit(&session, &wrong);
    let failed = job.wait_for("failed");
    let answer = job.result();
    assert_eq!((&answer["success"], &answer["error"]), (&json!(false), &failed["error"]));
    assert!(answer["traceback"].as_str().is_some_and(|text| text.contains("bundle.py")));
    let refused = job.cancel().expect(409);
    assert!(refused.detail().contains("over"), "{}", refused.detail());
    for more in ["", "/result", "/events"] {
        let path = format!("/dash/jobs/2f0c7c0a-3a0e-4d6e-9a52-6f3f4f1b7a11{more}");
        assert_eq!(daemon.api().get(&path).expect(404).detail(), "Job not found");
    }
    daemon.stop();
}

#[test]
fn a_client_that_leaves_finds_its_result_later() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 5);
    let mut connection = phoebed_tests::RawConnection::open(daemon.address());
    let body = run().to_string();
    connection.send(format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        session.path(),
        body.len()
    ));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    drop(connection);
    signal(child.pid, Signal::SIGCONT);
    let job = Job::latest(&session);
    job.wait_for("succeeded");
    assert_eq!(job.result()["success"], true);
    session.end();
    // Also after the session.
    assert_eq!(job.result()["success"], true);
    assert_eq!(daemon.api().get(&jobs_of(&session)).expect(200).json()["jobs"][0]["id"], job.id);
    daemon.stop();
}

#[test]
fn changes_are_refused_while_something_long_runs_where_that_is_wanted() {
    let daemon = Daemon::start(Settings::new().set("session.while_busy", "\"refuse\""));
    let session = daemon.start_session();
    add_curve(&session, 5);
    let job = Job::submit(&session, &run());
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    for command in [set(7000.0), run()] {
        let refused = session.send(&command).expect(409);
        assert!(refused.detail().contains(&job.id), "{}", refused.detail());
    }
    assert_eq!(session.result(&get()), 6000.0);
    signal(child.pid, Signal::SIGCONT);
    job.wait_for("succeeded");
    session.ok(&set(7000.0));
    daemon.stop();
}

#[test]
fn changes_are_refused_too_while_a_job_waits_for_its_process() {
    let settings = Settings::new().set("session.while_busy", "\"refuse\"");
    let daemon = Daemon::start(settings.set("resources.compute_processes", 1));
    let (session, other) = (daemon.start_session(), daemon.start_session());
    for session in [&session, &other] {
        add_curve(session, 6000);
    }
    let computes = Job::submit(&other, &run());
    drop(daemon.compute_child(&other));
    // It has none for as long as the other one may have a turn, and many times to compute then.
    let waits = Job::submit(&session, &run());
    for command in [set(7000.0), run()] {
        let refused = session.send(&command).expect(409);
        assert!(refused.detail().contains(&waits.id), "{}", refused.detail());
    }
    assert_eq!(session.result(&get()), 6000.0);
    for job in [waits, computes] {
        job.cancel().expect(200);
    }
    session.ok(&set(7000.0));
    daemon.stop();
}

#[test]
fn what_ends_a_session_cancels_its_jobs_and_says_why() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 5);
    let running = Job::submit(&session, &run());
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let waiting = Job::submit(&session, &json!({ "command": RUN, "model": "other" }));
    session.end();
    for job in [running, waiting] {
        let now = job.now();
        assert_eq!(now["state"], "cancelled", "{now}");
        assert!(now["error"].as_str().is_some_and(|text| text.contains("ended (manual)")), "{now}");
        assert_eq!(job.result()["success"], false);
    }
    assert_eq!(daemon.api().post_json(&jobs_of(&session), &run()).status, 404);
    daemon.stop();
}

#[test]
fn more_jobs_than_may_wait_are_refused() {
    let daemon = Daemon::start(Settings::new().set("jobs.queue_limit", 2));
    let session = daemon.start_session();
    add_curve(&session, 5);
    let running = Job::submit(&session, &run());
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let waiting = [(), ()].map(|()| Job::submit(&session, &run()));
    let refused = daemon.api().post_json(&jobs_of(&session), &run()).expect(429);
    assert!(refused.detail().contains("2 of 2 (jobs.queue_limit)"), "{}", refused.detail());
    assert_eq!(waiting[0].cancel().expect(200).json()["state"], "cancelled");
    Job::submit(&session, &run());
    signal(child.pid, Signal::SIGCONT);
    running.wait_for("succeeded");
    daemon.stop();
}

#[test]
fn a_key_of_the_clients_own_is_no_way_past_the_limit_and_all_at_once_are_counted() {
    let daemon = Daemon::start(Settings::new().set("jobs.queue_limit", 2));
    let session = daemon.start_session();
    add_curve(&session, 5);
    let running = Job::submit(&session, &run());
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let submit = &|key: usize| {
        let request = daemon.api().request("POST", &jobs_of(&session));
        let request = request.header("content-type", "application/json");
        request.header("idempotency-key", &format!("key {key}")).body(run().to_string()).run()
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|key| scope.spawn(move || submit(key).status)).collect();
        asked.into_iter().map(|it| it.join().expect("an answer")).collect()
    });
    all.sort_unstable();
    assert_eq!(all, [202, 202, 429, 429, 429, 429, 429, 429]);
    signal(child.pid, Signal::SIGCONT);
    running.wait_for("succeeded");
    daemon.stop();
}
