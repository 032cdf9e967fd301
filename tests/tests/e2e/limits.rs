//! Limits, and what callers hear when they are reached.

use phoebed_tests::{Cases, Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

#[test]
fn a_user_has_no_more_sessions_than_allowed() {
    let daemon = Daemon::start(Settings::new().set("resources.max_workers_per_user", 2));
    let (first, _second) = (daemon.start_session(), daemon.start_session());
    let refused = daemon.api().post("/dash/start-session").expect(429);
    assert!(refused.header("retry-after").is_some());
    let text = refused.detail();
    assert!(text.contains("2 of 2") && text.contains("max_workers_per_user"), "{text}");
    let mut cases = Cases::new();
    cases.case("the body is checked before the limit", || {
        daemon.api().post_text("/dash/start-session", "[").expect(422);
    });
    cases.case("the place of an ended session is free at once", || {
        first.end();
        daemon.start_session().ping();
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn starts_at_the_same_time_do_not_get_past_the_limit() {
    let settings = Settings::new().set("resources.max_workers_per_user", 3);
    let daemon = Daemon::start(settings.set("workers.spares", 0));
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let api = daemon.api();
        let starts: Vec<_> =
            (0..10).map(|_| scope.spawn(|| api.post("/dash/start-session").status)).collect();
        starts.into_iter().map(|start| start.join().expect("an answer")).collect()
    });
    let with = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((with(200), with(429)), (3, 7), "{answers:?}");
    assert_eq!(daemon.api().sessions().len(), 3);
    daemon.stop();
}

#[test]
fn when_ports_run_out_the_longest_idle_session_hibernates_and_a_busy_one_is_never_touched() {
    let daemon = Daemon::start(Settings::new().pool_size(2));
    let (first, second) = (daemon.start_session(), daemon.start_session());
    first.ok(&json!({ "command": "set_value", "twig": "teff@primary@component", "value": 6100 }));
    second.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0] }));
    assert_eq!(daemon.port_counts(), (2, 2, 0));
    let third = daemon.start_session();
    assert!(first.is_hibernated() && !second.is_hibernated());
    let running = second.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&second);
    signal(child.pid, Signal::SIGSTOP);
    // It wakes in the place of the third, since the second is busy.
    let get = json!({ "command": "get_value", "twig": "teff@primary@component" });
    assert_eq!(first.result(&get), 6100.0);
    assert!(third.is_hibernated());
    let also_running = first.send_in_background(&json!({ "command": "add_dataset", "kind": "lc",
        "dataset": "lc01", "compute_phases": [0.0] }));
    also_running.answer().expect(200);
    let also_running = first.send_in_background(&json!({ "command": "run_compute" }));
    let other_child = daemon.compute_child(&first);
    signal(other_child.pid, Signal::SIGSTOP);
    let text = daemon.api().post("/dash/start-session").expect(429).detail();
    assert!(text.contains("No free port"), "{text}");
    let asleep = third.send(&json!({ "command": "ping" })).expect(429);
    assert!(asleep.detail().contains("could not be woken; it is kept"), "{}", asleep.detail());
    for child in [child, other_child] {
        signal(child.pid, Signal::SIGCONT);
    }
    for running in [running, also_running] {
        assert_eq!(running.answer().expect(200).json()["success"], true);
    }
    third.ping();
    daemon.stop();
}

#[test]
fn where_nothing_is_kept_an_exhausted_pool_of_ports_refuses_starts_until_a_session_ends() {
    let settings = Settings::new().set("session.durability", "\"none\"");
    let daemon = Daemon::start(settings.pool_size(2));
    let (first, _second) = (daemon.start_session(), daemon.start_session());
    assert_eq!(daemon.port_counts(), (2, 2, 0));
    let refused = daemon.api().post("/dash/start-session").expect(429);
    assert!(refused.header("retry-after").is_some());
    let (text, pool) = (refused.detail(), daemon.ports().pool(2));
    assert!(text.contains("No free port") && text.contains("2 of 2 ports"), "{text}");
    assert!(text.contains(&format!("{}-{}", pool.start, pool.end - 1)), "{text}");
    first.end();
    daemon.start_session().ping();
    assert_eq!(daemon.port_counts(), (2, 2, 0));
    daemon.stop();
}

#[test]
fn more_commands_than_a_session_queues_are_refused_and_the_others_answered_in_order() {
    let daemon = Daemon::start(Settings::new().set("session.queue_limit", 3));
    let session = daemon.start_session();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25] }));
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    // What only reads would not wait.
    let change = json!({ "command": "remove_dataset", "dataset": "none of these" });
    // Whichever of these the queue has no room for is answered at once; three wait.
    let mut waiting: Vec<_> = (0..5).map(|_| session.send_in_background(&change)).collect();
    let refused = eventually("two are refused", || {
        let answered = waiting.iter().filter(|one| one.is_answered()).count();
        (answered == 2).then(|| waiting.extract_if(.., |one| one.is_answered()).collect::<Vec<_>>())
    });
    for one in refused {
        let answer = one.answer().expect(503);
        assert!(answer.header("retry-after").is_some());
        let text = answer.detail();
        assert!(text.contains("3 of 3"), "{text}");
    }
    signal(child.pid, Signal::SIGCONT);
    assert_eq!(computing.answer().expect(200).json()["success"], true);
    for one in waiting {
        assert_eq!(one.answer().expect(200).json()["success"], true);
    }
    daemon.stop();
}

#[test]
fn more_connections_than_allowed_wait_for_their_turn() {
    let daemon = Daemon::start_cold(Settings::new().set("server.max_connections", 3));
    let get = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    // The client of this test keeps a connection, too.
    let mut held: Vec<_> =
        (0..2).map(|_| phoebed_tests::RawConnection::open(daemon.address())).collect();
    let address = daemon.address();
    let next = std::thread::spawn(move || phoebed_tests::exchange(address, get));
    for connection in &mut held {
        connection.send(get);
        connection.answer().expect(200);
    }
    next.join().expect("an answer").expect(200);
    daemon.stop();
}
