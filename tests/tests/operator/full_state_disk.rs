//! The state database on a disk that fills up: what cannot be kept is not acknowledged.

use phoebed_tests::{Daemon, Job, Settings, Signal, add_curve, eventually, jobs_of, signal};
use serde_json::json;

use crate::ctl::is_root;
use crate::mounted::SmallDisk;

#[test]
fn a_change_that_cannot_be_kept_is_refused_and_not_applied() {
    if !is_root() {
        return;
    }
    let disk = SmallDisk::mount(16 << 10);
    let state = disk.path().join("state");
    let settings = Settings::new().set("state.directory", format!("'{}'", state.display()));
    let daemon = Daemon::start(settings);
    let (session, other) = (daemon.start_session(), daemon.start_session());
    other.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01" }));
    let set = |value: f64| {
        session.send(&json!({ "command": "set_value", "twig": "teff@primary@component",
            "value": value }))
    };
    let get = json!({ "command": "get_value", "twig": "teff@primary@component" });
    set(6000.0).expect(200);
    let filler = disk.fill();
    let mut kept = 6000.0;
    let refused = eventually("there is no room for a change", || {
        let answer = set(kept + 1.0);
        if answer.status == 200 {
            kept += 1.0;
        }
        (answer.status != 200).then_some(answer)
    });
    let text = refused.expect(503).detail();
    assert!(text.contains("could not be kept") && text.contains("no space is left"), "{text}");
    assert_eq!(session.result(&get), kept, "it is not applied");
    let refused = daemon.api().post("/dash/start-session").expect(503);
    assert!(refused.header("retry-after").is_some(), "{}", refused.text());
    let end = format!("/dash/end-session/{}", other.id);
    let refused = daemon.api().post(&end).expect(503).detail();
    assert!(refused.contains("was not ended"), "{refused}");
    assert!(other.is_listed(), "what is not done is not told as done");

    std::fs::remove_file(filler).expect("room again");
    assert_eq!(session.result(&get), kept);
    assert_eq!(
        other.result(&json!({ "command": "get_datasets" }))["datasets"]["lc01"]["kind"],
        "lc"
    );
    daemon.api().post(&end).expect(200);
    assert!(!other.is_listed());
    set(7000.0).expect(200);
    daemon.start_session().end();
    assert_eq!(session.result(&get), 7000.0);
    daemon.stop();
}

#[test]
fn the_ends_of_jobs_are_kept_when_there_is_room_again() {
    if !is_root() {
        return;
    }
    let disk = SmallDisk::mount(16 << 10);
    let state = disk.path().join("state");
    let settings = Settings::new().set("state.directory", format!("'{}'", state.display()));
    let daemon = Daemon::start(settings);
    let (session, other) = (daemon.start_session(), daemon.start_session());
    let third = daemon.start_session();
    add_curve(&session, 5);
    add_curve(&third, 5);
    let run = json!({ "command": "run_compute" });
    let computes = Job::submit(&session, &run);
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let waits = Job::submit(&session, &run);
    let stopped = Job::submit(&third, &run);
    signal(daemon.compute_child(&third).pid, Signal::SIGSTOP);
    let undisturbed = daemon.worker(&third).pid;
    let filler = disk.fill();
    eventually("there is no room for a change", || {
        let set = json!({ "command": "set_value", "twig": "teff@primary@component", "value": 7e3 });
        (other.send(&set).status == 503).then_some(())
    });
    for job in [&waits, &waits, &stopped] {
        let refused = job.cancel().expect(503).detail();
        assert!(refused.contains("(cancelled)") && refused.contains("tried again"), "{refused}");
        assert_eq!(daemon.api().get(&job.path("/result")).expect(503).detail(), refused);
    }
    assert_eq!(daemon.worker(&third).pid, undisturbed, "nothing was changed");
    signal(child.pid, Signal::SIGCONT);
    for (job, end) in [(&computes, "(failed)"), (&waits, "(cancelled)")] {
        eventually(&format!("its end {end} is owed"), || {
            let now = job.now();
            now["error"].as_str().is_some_and(|text| text.contains(end)).then_some(())
        });
    }
    let fluxes = json!({ "command": "get_value", "qualifier": "fluxes", "context": "model" });
    assert_eq!(session.send(&fluxes).expect(200).json()["success"], false, "there is no model");

    std::fs::remove_file(filler).expect("room again");
    let failed = computes.wait_for("failed");
    assert!(failed["error"].as_str().is_some_and(|text| text.contains("no space")), "{failed}");
    waits.wait_for("cancelled");
    stopped.wait_for("cancelled");
    Job::submit(&session, &run).wait_for("succeeded");
    daemon.stop();
}

#[test]
fn a_result_that_cannot_be_kept_fails_its_job_where_sessions_are_not_kept() {
    if !is_root() {
        return;
    }
    let disk = SmallDisk::mount(16 << 10);
    let state = disk.path().join("state");
    let settings = Settings::new().set("state.directory", format!("'{}'", state.display()));
    let daemon = Daemon::start(settings.set("session.durability", "\"none\""));
    let (session, other) = (daemon.start_session(), daemon.start_session());
    add_curve(&session, 5);
    let run = json!({ "command": "run_compute" });
    let job = Job::submit(&session, &run);
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    let filler = disk.fill();
    eventually("there is no room for a job", || {
        let answer = daemon.api().post_json(&jobs_of(&other), &json!({ "command": "ping" }));
        (answer.status == 503).then_some(())
    });
    signal(child.pid, Signal::SIGCONT);
    eventually("its end is owed", || {
        let now = job.now();
        now["error"].as_str().is_some_and(|text| text.contains("(failed)")).then_some(())
    });
    std::fs::remove_file(filler).expect("room again");
    let failed = job.wait_for("failed");
    let error = failed["error"].as_str().expect("a text");
    assert!(error.contains("The result could not be kept"), "{error}");
    daemon.stop();
}
