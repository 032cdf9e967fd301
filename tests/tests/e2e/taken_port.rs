//! A port of the pool that another program listens on.

use std::io::ErrorKind;
use std::net::TcpListener;

use phoebed_tests::{Daemon, Settings};

#[test]
fn a_port_that_another_program_holds_is_set_aside_and_never_talked_to() {
    let daemon = Daemon::start_with(|_| {
        // Nobody hibernates to make room.
        let settings = Settings::new().set("session.durability", "\"none\"");
        settings.set("workers.spares", 0).pool_size(3)
    });
    let pool = daemon.ports().pool(3);
    let strangers: Vec<TcpListener> = pool
        .clone()
        .take(2)
        .map(|port| TcpListener::bind(("127.0.0.1", port)).expect("the port is free"))
        .collect();
    daemon.wait_until_ready();
    let session = daemon.start_session();
    assert_eq!(session.port(), pool.end - 1, "the only one that is free");
    session.ping();
    assert_eq!(daemon.port_counts(), (3, 3, 0), "what others hold counts as reserved");
    let refused = daemon.api().post("/dash/start-session").expect(429);
    assert!(refused.detail().contains("No free port"), "{}", refused.text());
    for stranger in &strangers {
        stranger.set_nonblocking(true).expect("no waiting");
        let nobody = stranger.accept().map(|(_, peer)| peer);
        assert_eq!(nobody.expect_err("nobody connects to it").kind(), ErrorKind::WouldBlock);
    }
    session.end();
    daemon.start_session().ping();
    drop(strangers);
    daemon.stop();
}
