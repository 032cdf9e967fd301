//! Connections of one address.

use phoebed_tests::{Daemon, RawConnection, Settings, eventually};

const GET: &str = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
const MOST: usize = 3;

/// A connection that was answered, or none when it was closed.
fn answered(daemon: &Daemon) -> Option<RawConnection> {
    let mut connection = RawConnection::open(daemon.address());
    if connection.try_send(GET) {
        let mut first = [0];
        if connection.try_read(&mut first) {
            return Some(connection);
        }
    }
    None
}

#[test]
fn connections_beyond_an_addresss_limit_are_closed_at_once_until_others_end() {
    let daemon =
        Daemon::start_cold(Settings::new().set("server.max_connections_per_address", MOST));
    // The client of the test may hold one.
    let mut open: Vec<RawConnection> = Vec::new();
    while let Some(connection) = answered(&daemon) {
        open.push(connection);
        assert!(open.len() <= MOST, "there is no limit");
    }
    assert!(open.len() >= MOST - 1, "{}", open.len());
    for _ in 0..20 {
        assert!(answered(&daemon).is_none());
    }
    let said = "(server.max_connections_per_address)";
    assert_eq!(daemon.log().matches(said).count(), 1);
    // The operator's socket is none of them.
    assert!(daemon.status()["engine"].is_object());
    open.clear();
    eventually("there is room", || answered(&daemon));
    daemon.stop();
}
