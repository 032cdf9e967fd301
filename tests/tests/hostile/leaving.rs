//! Clients that leave, and clients that share a session.

use phoebed_tests::{
    Daemon, InFlight, RawConnection, Session, Settings, Signal, eventually, signal,
};
use serde_json::{Value, json};

use crate::bystander::Bystander;

/// Has a session compute in a child that stands still; the command's answer and the child's id.
#[track_caller]
fn keep_busy(daemon: &Daemon, session: &Session) -> (InFlight, i32) {
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0] }));
    let computing = session.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(session);
    signal(child.pid, Signal::SIGSTOP);
    (computing, child.pid)
}

fn request(session: &Session, command: &Value) -> String {
    let (path, body) = (session.path(), command.to_string());
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// How many commands wait, as the operator is told.
fn waiting(daemon: &Daemon, session: &Session) -> u64 {
    let shown = crate::ids::admin(daemon, "GET", &format!("/v1/sessions/{}", session.id), "");
    let shown: Value = serde_json::from_slice(&shown.expect(200).body).expect("JSON");
    shown["waiting_commands"].as_u64().expect("a number")
}

#[test]
fn who_leaves_a_queue_leaves_nothing_in_it() {
    let (daemon, bystander) = Bystander::of(Settings::new().set("session.queue_limit", 2));
    let session = daemon.start_session();
    let (computing, child) = keep_busy(&daemon, &session);
    let set = json!({ "command": "set_value", "qualifier": "teff", "component": "primary",
        "value": 7000.0, "and": "x".repeat(1 << 20) });
    for _ in 0..3 {
        let mut clients: Vec<RawConnection> =
            (0..2).map(|_| RawConnection::open(daemon.address())).collect();
        for client in &mut clients {
            client.send(request(&session, &set));
        }
        eventually("both wait", || (waiting(&daemon, &session) == 2).then_some(()));
        assert_eq!(session.send(&json!({ "command": "ping" })).status, 503);
        drop(clients);
        eventually("none waits", || (waiting(&daemon, &session) == 0).then_some(()));
    }
    signal(child, Signal::SIGCONT);
    computing.answer().expect(200);
    let teff = json!({ "command": "get_value", "qualifier": "teff", "component": "primary" });
    assert_eq!(session.result(&teff), 6000.0, "nothing that was given up was done");
    bystander.was_undisturbed(daemon);
}

#[test]
fn a_client_that_leaves_during_its_command_costs_only_its_answer() {
    let (daemon, bystander) = Bystander::of(Settings::new());
    let session = daemon.start_session();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0] }));
    let mut client = RawConnection::open(daemon.address());
    client.send(request(&session, &json!({ "command": "run_compute" })));
    let child = daemon.compute_child(&session);
    signal(child.pid, Signal::SIGSTOP);
    drop(client);
    let next = session.send_in_background(&json!({ "command": "get_datasets" }));
    signal(child.pid, Signal::SIGCONT);
    let answer = next.answer().expect(200).json();
    assert!(answer["result"]["datasets"]["lc01"].is_object(), "{answer}");
    bystander.was_undisturbed(daemon);
}

#[test]
fn two_clients_of_one_session_get_their_own_answers_in_their_order() {
    let (daemon, bystander) = Bystander::of(Settings::new());
    let session = daemon.start_session();
    let ids = ["teff", "requiv"].map(|qualifier| {
        let twig = format!("{qualifier}@primary@component");
        let id = session.result(&json!({ "command": "get_uniqueid", "twig": twig }));
        id.as_str().expect("an id").to_owned()
    });
    std::thread::scope(|scope| {
        for (client, id) in ids.iter().enumerate() {
            let session = &session;
            scope.spawn(move || {
                for n in 1..=50 {
                    let value = f64::from(n) * if client == 0 { 100.0 } else { 0.01 };
                    let value = if client == 0 { 5000.0 + value } else { 0.5 + value };
                    session.ok(&json!({ "command": "set_value", "uniqueid": id, "value": value }));
                    let got = session.result(&json!({ "command": "get_value", "uniqueid": id }));
                    assert_eq!(got, value);
                }
            });
        }
    });
    bystander.was_undisturbed(daemon);
}
