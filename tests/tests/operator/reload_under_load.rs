//! Reloads while clients work: nobody notices.

use std::sync::atomic::{AtomicBool, Ordering};

use phoebed_tests::{Daemon, Session, Settings, eventually};
use serde_json::json;

use crate::configuration::set;
use crate::ctl::Ctl;

/// As many settings as there are to change back and forth.
const TURNS: usize = 12;

#[test]
fn no_request_fails_while_the_configuration_is_read_again_and_again() {
    let daemon = Daemon::start(Settings::new().pool_size(8));
    let ctl = Ctl::of(&daemon);
    let sessions: Vec<Session> = (0..4).map(|_| daemon.start_session()).collect();
    let pools = [daemon.ports().pool(8).end, daemon.ports().pool(6).end].map(|end| end.to_string());
    let over = AtomicBool::new(false);
    let answered: Vec<usize> = std::thread::scope(|scope| {
        // However this ends, the clients do.
        struct Over<'a>(&'a AtomicBool);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let end = Over(&over);
        let client = |session| {
            scope.spawn({
                let over = &over;
                move || work(session, over)
            })
        };
        let clients: Vec<_> = sessions.iter().map(client).collect();
        for turn in 0..TURNS {
            let odd = turn % 2;
            let spares = odd.to_string();
            set(
                &daemon,
                &[
                    ("workers.spares", &spares),
                    ("port_pool.end", &pools[odd]),
                    ("session.queue_limit", ["1", "32"][odd]),
                    ("server.max_connections", ["500", "1000"][odd]),
                    ("logging.level", ["\"DEBUG\"", "\"INFO\""][odd]),
                ],
            );
            let applied = ctl.json(&["reload"])["applied"].as_array().map_or(0, Vec::len);
            assert!(applied >= 4, "{applied}");
        }
        drop(end);
        clients.into_iter().map(|client| client.join().expect("no request fails")).collect()
    });
    assert!(answered.iter().all(|count| *count > 0), "{answered:?}");
    for session in &sessions {
        session.end();
    }
    eventually("every port is free", || (daemon.port_counts().1 == 0).then_some(()));
    daemon.stop();
}

/// Pings and looks until it is over; answers how often.
fn work(session: &Session, over: &AtomicBool) -> usize {
    let mut count = 0;
    while count == 0 || !over.load(Ordering::Relaxed) {
        session.ping();
        session.result(&json!({ "command": "get_datasets" }));
        assert!(session.is_listed());
        count += 1;
    }
    count
}
