//! Cancelling hits that job alone, in each of its stages, and leaves the session as it was.

use std::time::{Duration, Instant};

use phoebed_tests::{Daemon, Job, Session, Settings, Signal, add_curve, eventually, signal};
use serde_json::{Value, json};

const TIMES: usize = 100;

fn run(model: &str) -> Value {
    json!({ "command": "run_compute", "model": model, "overwrite": true })
}

fn bundle(session: &Session) -> Value {
    session.result(&json!({ "command": "get_bundle" }))
}

/// Where a job is to be when it is cancelled.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// It waits behind another one.
    Queued,
    /// It was submitted just now.
    Anywhere,
    /// Its process was forked.
    Forked,
    /// Some of its times are computed.
    Computing,
}

const STAGES: [Stage; 4] = [Stage::Queued, Stage::Anywhere, Stage::Forked, Stage::Computing];

#[test]
fn a_hundred_cancels_in_all_stages_hit_their_jobs_and_nothing_else() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 3000);
    let mut value = 6000.0;
    let mut before = bundle(&session);
    let mut took = Vec::new();
    for round in 0..TIMES {
        let stage = STAGES[round % STAGES.len()];
        let job = Job::submit(&session, &run("one"));
        let behind = matches!(stage, Stage::Queued).then(|| Job::submit(&session, &run("two")));
        match stage {
            Stage::Queued | Stage::Anywhere => {}
            Stage::Forked => drop(daemon.compute_child(&session)),
            Stage::Computing => eventually("some times are computed", || {
                job.now()["step"].as_u64().filter(|step| *step > 0).map(drop)
            }),
        }
        let hit = behind.as_ref().unwrap_or(&job);
        let since = Instant::now();
        let answer = hit.cancel().expect(200).json();
        took.push(since.elapsed());
        assert_eq!(answer["state"], "cancelled", "{stage:?}: {answer}");
        if behind.is_some() {
            assert_ne!(job.now()["state"], "cancelled", "{stage:?}: the other one");
            assert_eq!(job.cancel().expect(200).json()["state"], "cancelled");
        }
        // Whatever comes next is not hit, and finds the session as it was.
        if round % 10 == 0 {
            assert!(bundle(&session) == before, "{stage:?}: the bundle has changed");
        }
        value += 1.0;
        let set = json!({ "command": "set_value", "twig": "teff@primary@component",
            "value": value });
        session.ok(&set);
        if round % 10 == 9 {
            before = bundle(&session);
        }
    }
    assert!(bundle(&session) == before, "the bundle has changed");
    let worker = daemon.worker(&session);
    eventually("nothing of the jobs is left", || {
        phoebed_tests::children(worker.pid).is_empty().then_some(())
    });
    // What was promised: within a second. A busy machine gets some more here.
    took.sort_unstable();
    assert!(took[TIMES / 2] < Duration::from_secs(1), "{took:?}");
    session.end();
    daemon.stop();
}

#[test]
fn a_caller_whose_command_is_cancelled_is_told_so() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 3000);
    let computing = session.send_in_background(&run("one"));
    drop(daemon.compute_child(&session));
    let first = Job::latest(&session);
    let waiting = session.send_in_background(&run("two"));
    let second = eventually("the other one is listed", || {
        let latest = Job::latest(&session);
        (latest.id != first.id).then_some(latest)
    });
    for (job, answer) in [(&second, waiting), (&first, computing)] {
        job.cancel().expect(200);
        let answer = answer.answer().expect(200).json();
        assert_eq!(answer["success"], false);
        assert!(answer["error"].as_str().is_some_and(|text| text.starts_with("Cancelled")));
        // It is known afterwards, though it was never begun.
        assert_eq!(job.now()["state"], "cancelled");
    }
    session.ping();
    daemon.stop();
}

#[test]
fn what_is_read_beside_a_cancelled_command_is_read_though_the_worker_does_not_listen() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    add_curve(&session, 3000);
    let before = bundle(&session);
    let job = Job::submit(&session, &run("one"));
    drop(daemon.compute_child(&session));
    // It reads for so long that it does not hear of the cancel in time.
    let busy = daemon.worker(&session);
    signal(busy.pid, Signal::SIGSTOP);
    let read = json!({ "command": "get_bundle" });
    let reading = [(); 2].map(|()| session.send_in_background(&read));
    eventually("the worker has one of them", || {
        let shown = daemon.ctl(&["sessions", "show", &session.id, "--json"]);
        let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
        (shown["waiting_commands"] == 1).then_some(())
    });
    assert_eq!(job.cancel().expect(200).json()["state"], "cancelled");
    for answer in reading {
        assert!(answer.answer().expect(200).json()["result"] == before, "the bundle has changed");
    }
    assert!(!busy.is_alive());
    daemon.stop();
}
