//! Sessions that come and go leave nothing, however many there were.

use phoebed_tests::{Api, Daemon, Session, end, eventually};
use serde_json::json;

use crate::at_once::at_once;
use crate::footprint::Footprint;
use crate::scale::Scale;
use crate::wide_ports::WidePorts;

const SPARES: u64 = 4;
/// So many of a round's sessions do not end as their clients ask for it: their workers are killed.
const KILLED: usize = 3;

/// What a user does, errors and large answers included.
fn use_it(session: &Session) {
    session.ping();
    let period = json!({ "command": "get_value", "twig": "period@binary@component" });
    assert!(session.result(&period).is_number());
    session.ok(&json!({ "command": "set_value", "twig": "teff@primary@component", "value": 6543 }));
    session.failure(&json!({ "command": "get_value", "qualifier": "no_such" }));
    session.failure(&json!({ "command": "no_such_command" }));
    session.result(&json!({ "command": "get_bundle" }));
}

/// Starts sessions, uses them and ends them; the connections of its clients end with it.
fn round(daemon: &Daemon, sessions: u16) {
    let api = Api::new(daemon.api().port());
    let started = at_once(0..sessions, |_| {
        let session = api.start_session();
        use_it(&session);
        session
    });
    let (killed, ended) = started.split_at(KILLED);
    // A computation, in a child of its own.
    let first = &ended[0];
    first.ok(&json!({ "command": "add_dataset", "kind": "rv", "dataset": "rv01",
        "compute_phases": [0.1] }));
    first.result(&json!({ "command": "run_compute" }));
    for session in killed {
        end(&daemon.worker(session));
    }
    at_once(ended, Session::end);
    // They go on with other workers.
    for session in killed {
        eventually("the end of the worker was noticed", || session.is_hibernated().then_some(()));
        session.ping();
        api.post(&format!("/dash/sessions/{}/hibernate", session.id)).expect(200);
        session.end();
    }
    assert!(api.sessions().is_empty());
}

#[test]
fn rounds_of_starts_and_ends_leave_nothing_of_their_sessions() {
    let Scale { warm_up, rounds, sessions_a_round, memory_allowance, .. } = Scale::chosen();
    let ports = WidePorts::take();
    let pool = sessions_a_round + 10;
    let daemon = Daemon::start(ports.pool(pool).set("workers.spares", SPARES));
    for _ in 0..warm_up {
        round(&daemon, sessions_a_round);
    }
    let warm = Footprint::without_sessions(&daemon, SPARES);
    let mut rows = vec![warm.clone()];
    for _ in 0..rounds {
        round(&daemon, sessions_a_round);
        rows.push(Footprint::without_sessions(&daemon, SPARES));
        Footprint::no_more_than(&daemon, &warm);
    }
    let last = rows.last().expect("a row");
    report(&rows);
    for (who, before, after) in [
        ("the daemon", warm.daemon_kib, last.daemon_kib),
        ("the zygote", warm.zygote_kib, last.zygote_kib),
    ] {
        let most = before + memory_allowance;
        assert!(after <= most, "{who} has {after} KiB, {before} after the warm-up: {rows:#?}");
    }
    daemon.stop();
    assert_eq!(ports.in_use(pool), [] as [u16; 0], "ports are still held");
}

/// The figures, for whoever runs it with `--no-capture`.
#[allow(clippy::print_stdout, reason = "that is where they go")]
fn report(rows: &[Footprint]) {
    println!("descriptors threads children scratch reserved daemon_KiB zygote_KiB");
    for row in rows {
        println!(
            "{:11} {:7} {:8} {:7} {:8} {:10} {:10}",
            row.descriptors,
            row.threads,
            row.children,
            row.scratch,
            row.reserved_ports,
            row.daemon_kib,
            row.zygote_kib
        );
    }
}
