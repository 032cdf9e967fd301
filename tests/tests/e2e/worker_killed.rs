//! A worker that dies: its caller hears why, and nothing of it stays.

use phoebed_tests::{
    Cases, Daemon, Process, Session, Settings, Signal, children, eventually, signal,
};
use serde_json::json;

fn assert_asleep(daemon: &Daemon, session: &Session, part: &str) {
    eventually("the session has no worker", || session.is_hibernated().then_some(()));
    assert!(session.worker_died().contains(part), "{}", session.worker_died());
    let shown = daemon.ctl(&["sessions", "show", &session.id]).stdout;
    assert!(shown.contains("worker died") && shown.contains(part), "{shown}");
    eventually("its port is free", || (daemon.port_counts().1 == 0).then_some(()));
}

fn assert_gone(daemon: &Daemon, session: &Session, part: &str) {
    eventually("the session is not listed any more", || (!session.is_listed()).then_some(()));
    let send = session.send(&json!({ "command": "ping" })).expect(404);
    assert_eq!(send.detail(), "Invalid session ID");
    let row = daemon.ended_row(session);
    assert_eq!(row["termination_reason"], "process_died");
    let detail = row["exit_detail"].as_str().unwrap_or_default();
    assert!(detail.contains(part), "{row}");
    eventually("its port is free", || (daemon.port_counts().1 == 0).then_some(()));
}

#[test]
fn an_idle_worker_that_is_killed_costs_nothing() {
    let daemon = Daemon::start(Settings::new());
    let mut cases = Cases::new();
    for (which, part) in [
        (Signal::SIGKILL, "killed by signal 9 (SIGKILL)"),
        (Signal::SIGSEGV, "killed by signal 11 (SIGSEGV)"),
    ] {
        cases.case(format!("{which}"), || {
            let session = daemon.start_session();
            session.ok(&json!({ "command": "set_value", "twig": "teff@primary@component",
                "value": 6001.5 }));
            let worker = daemon.worker(&session);
            signal(worker.pid, which);
            assert_asleep(&daemon, &session, part);
            assert!(!worker.is_alive());
            let get = json!({ "command": "get_value", "twig": "teff@primary@component" });
            assert_eq!(session.result(&get), 6001.5);
            assert_eq!(session.now()["status"], "active");
            session.end();
        });
    }
    cases.finish();
    daemon.stop();
}

#[test]
fn a_command_that_kills_its_worker_three_times_running_is_refused() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0] }));
    let run = json!({ "command": "run_compute" });
    for _ in 0..3 {
        session.ping();
        let running = session.send_in_background(&run);
        let child = daemon.compute_child(&session);
        signal(child.pid, Signal::SIGSTOP);
        signal(daemon.worker(&session).pid, Signal::SIGKILL);
        running.answer().expect(503);
    }
    let refused = session.send(&run).expect(409).detail();
    assert!(refused.contains("three times") && refused.contains("signal 9"), "{refused}");
    session.ping();
    session.send(&run).expect(409);
    session.ok(&json!({ "command": "set_value", "twig": "teff@primary@component", "value": 6100 }));
    session.result(&run);
    daemon.stop();
}

#[test]
fn where_nothing_is_kept_a_worker_that_is_killed_ends_its_session_and_no_other() {
    let daemon = Daemon::start(Settings::new().set("session.durability", "\"none\""));
    let mut cases = Cases::new();
    for (which, part) in [
        (Signal::SIGKILL, "killed by signal 9 (SIGKILL)"),
        (Signal::SIGSEGV, "killed by signal 11 (SIGSEGV)"),
    ] {
        cases.case(format!("{which}"), || {
            let session = daemon.start_session();
            session.ping();
            let worker = daemon.worker(&session);
            signal(worker.pid, which);
            assert_gone(&daemon, &session, part);
            assert!(!worker.is_alive());
        });
    }
    cases.case("other sessions go on and new ones start", || {
        let (first, second) = (daemon.start_session(), daemon.start_session());
        signal(daemon.worker(&first).pid, Signal::SIGKILL);
        eventually("one is gone", || (!first.is_listed()).then_some(()));
        second.ping();
        daemon.start_session().ping();
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn a_busy_worker_that_is_killed_is_told_to_its_caller_and_takes_its_child_along() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25] }));
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    // It does not finish before the worker is killed.
    signal(child.pid, Signal::SIGSTOP);
    let waiting = session.send_in_background(&json!({ "command": "get_datasets" }));
    let worker = daemon.worker(&session);
    signal(worker.pid, Signal::SIGKILL);

    let answer = computing.answer().expect(503);
    assert!(answer.header("retry-after").is_some());
    let text = answer.detail();
    assert!(text.contains("worker died") && text.contains("killed by signal 9"), "{text}");
    // What waited is carried out by the next worker, in the state before the command that died.
    let datasets = waiting.answer().expect(200).json();
    assert_eq!(datasets["result"]["datasets"]["lc01"]["kind"], "lc", "{datasets}");
    eventually("the child is gone", || (!child.is_alive()).then_some(()));
    assert!(session.worker_died().contains("signal 9"));
    session.end();
    let query = format!(
        "SELECT success, error_message FROM session_commands
         WHERE session_id = '{}' AND command_name = 'run_compute'",
        session.id
    );
    let logged = eventually("it is logged", || {
        Some(daemon.database().rows(&query)).filter(|rows| !rows.is_empty())
    });
    assert_eq!((logged.len(), &logged[0]["success"]), (1, &json!(0)));
    daemon.stop();
}

#[test]
fn a_spare_that_is_killed_is_replaced_and_nobody_notices() {
    // A spare that dies while it starts must be noticed by its death, not by this time limit.
    let settings = Settings::new().set("workers.start_timeout_seconds", 600);
    let daemon = Daemon::start(settings.set("workers.spares", 2));
    let zygote = daemon.zygote().expect("a zygote");
    let spares = || {
        let others = children(daemon.pid()).into_iter().filter(|process| *process != zygote);
        others.collect::<Vec<_>>()
    };
    let two_wait = || (daemon.ready_spares() == 2).then(spares);
    let first = eventually("two spares wait", two_wait);
    for spare in &first {
        signal(spare.pid, Signal::SIGKILL);
    }
    eventually("two others wait", || {
        let now = two_wait()?;
        // By their ids: what else is read of a process changes when it has died.
        let is_new = |spare: &Process| first.iter().all(|killed| killed.pid != spare.pid);
        (now.len() == 2 && now.iter().all(is_new)).then_some(())
    });
    daemon.start_session().ping();
    daemon.stop();
}

#[test]
fn a_worker_that_dies_while_it_starts_is_told_to_its_caller_at_once() {
    let settings = Settings::new().set("workers.start_timeout_seconds", 600);
    let daemon = Daemon::start(settings.set("workers.spares", 0));
    let zygote = daemon.zygote().expect("a zygote");
    // Each time it is killed a little later in its start, from its birth to its first answer.
    for step in 0..8 {
        let api = daemon.api().clone();
        let starting = std::thread::spawn(move || api.post("/dash/start-session"));
        let worker = eventually("a worker is born", || {
            children(daemon.pid()).into_iter().find(|process| *process != zygote)
        });
        if step > 0 {
            eventually("it moves in", || daemon.has_moved_in(&worker).then_some(()));
        }
        signal(worker.pid, Signal::SIGKILL);
        eventually("the start is answered", || starting.is_finished().then_some(()));
        let answer = starting.join().expect("an answer");
        match answer.status {
            // It was ready already.
            200 => {}
            503 => assert!(answer.detail().contains("signal 9"), "{}", answer.text()),
            other => panic!("{other}: {}", answer.text()),
        }
        eventually("it is gone", || (daemon.port_counts().1 == 0).then_some(()));
    }
    daemon.start_session().ping();
    daemon.stop();
}

#[test]
fn a_session_starts_even_when_every_spare_was_just_killed() {
    let daemon = Daemon::start(Settings::new());
    let zygote = daemon.zygote().expect("a zygote");
    let spare = eventually("a spare waits", || {
        children(daemon.pid()).into_iter().find(|process| *process != zygote)
    });
    signal(spare.pid, Signal::SIGKILL);
    let answer = daemon.api().post("/dash/start-session");
    match answer.status {
        // A session with another worker, or with the dead one if nobody has noticed yet.
        200 => {}
        // The spare was not ready yet, and this start was to have it.
        503 => assert!(answer.detail().contains("killed by signal 9"), "{}", answer.text()),
        other => panic!("{other}: {}", answer.text()),
    }
    daemon.start_session().ping();
    daemon.stop();
}
