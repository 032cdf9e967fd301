//! A zygote that dies or hangs: sessions go on, starts wait for the next one.

use phoebed_tests::{Daemon, Process, Session, Settings, Signal, eventually, signal};
use serde_json::json;

fn assert_computes(session: &Session) {
    session.ping();
    session.ok(&json!({ "command": "add_dataset", "kind": "rv", "dataset": "rv01",
        "compute_phases": [0.1], "overwrite": true }));
    session.result(&json!({ "command": "run_compute" }));
}

fn next_zygote(daemon: &Daemon, last: &Process) -> Process {
    eventually("there is another zygote", || daemon.zygote().filter(|next| next.pid != last.pid))
}

#[test]
fn sessions_go_on_without_a_zygote_and_starts_wait_for_the_next_one() {
    let daemon = Daemon::start(Settings::new().set("workers.spares", 0));
    let session = daemon.start_session();
    let zygote = daemon.zygote().expect("a zygote");
    signal(zygote.pid, Signal::SIGKILL);
    let next = next_zygote(&daemon, &zygote);
    assert_eq!(daemon.api().get("/ready").expect(503).detail(), "The PHOEBE engine is starting");
    let starting = daemon.api().clone();
    let started = std::thread::spawn(move || starting.start_session());
    assert_computes(&session);
    let other = started.join().expect("the start waited and was done");
    assert_computes(&other);
    daemon.api().get("/ready").expect(200);

    signal(next.pid, Signal::SIGKILL);
    next_zygote(&daemon, &next);
    assert_computes(&session);
    daemon.wait_until_ready();
    daemon.start_session().ping();
    daemon.stop();
}

#[test]
fn a_start_that_waits_too_long_for_the_zygote_is_told_to_come_back() {
    let settings = Settings::new().set("workers.spares", 0);
    let daemon = Daemon::start(settings.set("workers.start_timeout_seconds", 1));
    let session = daemon.start_session();
    let zygote = daemon.zygote().expect("a zygote");
    // It hangs: it takes requests and does nothing.
    signal(zygote.pid, Signal::SIGSTOP);
    let refused = daemon.api().post("/dash/start-session").expect(503);
    assert!(refused.header("retry-after").is_some());
    assert!(refused.detail().contains("was not ready within 1 s"), "{}", refused.text());
    session.ping();
    assert_eq!(daemon.port_counts().1, 1, "the port of the failed start is free again");
    signal(zygote.pid, Signal::SIGCONT);
    // Starts work again, with this zygote or with another that replaced it.
    let other = eventually("a session starts", || {
        let answer = daemon.api().post("/dash/start-session");
        (answer.status == 200).then(|| answer.json())
    });
    assert!(daemon.api().sessions().contains_key(other["session_id"].as_str().expect("an id")));
    assert_eq!(daemon.api().sessions().len(), 2, "nothing came of the start that was refused");
    eventually("no worker is left of the start that was refused", || {
        let zygotes = daemon.zygote().iter().count();
        (phoebed_tests::children(daemon.pid()).len() == 2 + zygotes).then_some(())
    });
    session.ping();
    daemon.stop();
}
