//! As many sessions at the same time as a pool of a thousand ports has.

use std::collections::BTreeSet;

use phoebed_tests::{Daemon, Session};
use serde_json::json;

use crate::at_once::at_once;
use crate::footprint::Footprint;
use crate::scale::Scale;
use crate::wide_ports::WidePorts;

const SPARES: u64 = 4;
/// Descriptors of a live session in the daemon: stream, output, process, port.
const DESCRIPTORS_EACH: usize = 4;

#[test]
fn as_many_sessions_as_there_are_ports_live_answer_and_end() {
    let Scale { live, .. } = Scale::chosen();
    let ports = WidePorts::take();
    let daemon = Daemon::start(ports.pool(live).set("workers.spares", SPARES));
    let before = Footprint::without_sessions(&daemon, SPARES);

    let sessions = at_once(0..live, |_| daemon.start_session());
    let all = usize::from(live);
    let used: BTreeSet<u16> = sessions.iter().map(Session::port).collect();
    assert_eq!(used.len(), all, "each has a port of its own");
    assert_eq!(daemon.port_counts(), (live.into(), live.into(), 0));
    let now = Footprint::of(&daemon);
    assert_eq!((now.sessions, now.children, now.scratch), (all, all + 1, all));
    let spares = usize::try_from(SPARES).expect("a few");
    let more = DESCRIPTORS_EACH * (all - spares);
    assert!(now.descriptors <= before.descriptors + more, "{now:?}, {before:?}");

    // Each of them answers, and has kept what only it was told.
    let numbered: Vec<_> = sessions.iter().zip(1_u16..).collect();
    let teff = "teff@primary@component";
    at_once(&numbered, |(session, number)| {
        session.ping();
        session.ok(
            &json!({ "command": "set_value", "twig": teff, "value": f64::from(5000 + number) }),
        );
    });
    at_once(&numbered, |(session, number)| {
        session.ping();
        let told = session.result(&json!({ "command": "get_value", "twig": teff }));
        assert_eq!(told.as_f64(), Some(f64::from(5000 + number)), "{told}");
    });

    at_once(&sessions, Session::end);
    let after = Footprint::without_sessions(&daemon, SPARES);
    assert_eq!(after.reserved_ports, 0);
    Footprint::no_more_than(&daemon, &before);
    daemon.stop();
    assert_eq!(ports.in_use(live), [] as [u16; 0], "ports are still held");
}
