//! `phoebectl reload`: limits and the port pool, while sessions are there.

use phoebed_tests::{Cases, Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

use crate::configuration::set;
use crate::ctl::Ctl;

#[test]
fn limits_change_while_sessions_are_live() {
    // Nobody hibernates to make room.
    let settings = Settings::new().set("session.durability", "\"none\"");
    let daemon = Daemon::start(settings.pool_size(2).set("workers.spares", 0));
    let ctl = Ctl::of(&daemon);
    let reload = |keys: &[(&str, String)]| {
        let keys: Vec<_> = keys.iter().map(|(key, value)| (*key, value.as_str())).collect();
        set(&daemon, &keys);
        ctl.ok(&["reload"])
    };
    let (small, large) = (daemon.ports().pool(2), daemon.ports().pool(4));
    let refused = || daemon.api().post("/dash/start-session").expect(429).detail();
    let mut cases = Cases::new();
    let first = daemon.start_session();
    cases.case("how many sessions a user may have", || {
        reload(&[("resources.max_workers_per_user", "1".to_owned())]);
        let text = refused();
        assert!(text.contains("max_workers_per_user") && text.contains("1 of 1"), "{text}");
        first.ping();
        reload(&[("resources.max_workers_per_user", "0".to_owned())]);
    });
    let second = daemon.start_session();
    cases.case("a pool that grows has room at once", || {
        let text = refused();
        assert!(text.contains("2 of 2 ports"), "{text}");
        reload(&[("port_pool.end", large.end.to_string())]);
        assert_eq!(daemon.port_counts(), (4, 2, 2));
        let (third, fourth) = (daemon.start_session(), daemon.start_session());
        refused();
        third.ping();
        third.end();
        fourth.end();
    });
    cases.case("a pool whose ports are all leased shrinks as they come free", || {
        let (third, fourth) = (daemon.start_session(), daemon.start_session());
        reload(&[("port_pool.end", small.end.to_string())]);
        let leaving = || {
            let ports = ctl.json(&["ports"]);
            let in_use = ports["in_use"].as_array().expect("a list").clone();
            in_use.iter().filter(|port| port["leaving"] == true).count()
        };
        assert_eq!(leaving(), 2);
        ctl.ok(&["ports"]).says(&["session, leaves the pool"]);
        refused();
        // The sessions there go on until they end.
        for session in [&first, &second, &third, &fourth] {
            session.ping();
        }
        third.end();
        assert_eq!(leaving(), 1);
        refused();
        fourth.end();
        assert_eq!((leaving(), daemon.port_counts()), (0, (2, 2, 0)));
        second.end();
        assert_eq!(daemon.port_counts(), (2, 1, 1));
        let again = daemon.start_session();
        assert!(small.contains(&again.port()), "{}", again.port());
        again.end();
    });
    cases.case("how many commands may wait in a session", || {
        first.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
            "compute_phases": [0.0] }));
        let computing = first.send_in_background(&json!({ "command": "run_compute" }));
        let child = daemon.compute_child(&first);
        signal(child.pid, Signal::SIGSTOP);
        reload(&[("session.queue_limit", "1".to_owned())]);
        // What only reads would not wait.
        let change = json!({ "command": "remove_dataset", "dataset": "none of these" });
        let waiting = first.send_in_background(&change);
        eventually("one waits", || {
            let shown = ctl.json(&["sessions", "show", &first.id]);
            (shown["waiting_commands"] == 1).then_some(())
        });
        let text = first.send(&change).expect(503).detail();
        assert!(text.contains("1 of 1"), "{text}");
        signal(child.pid, Signal::SIGCONT);
        computing.answer().expect(200);
        waiting.answer().expect(200);
    });
    cases.finish();
    daemon.stop();
}
