//! Where the daemon listens, and whose requests come in there.

use std::net::{Ipv6Addr, SocketAddr, TcpListener};

use phoebed_tests::{Cases, Daemon, Settings, exchange, run_phoebed};
use serde_json::json;

const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[test]
fn several_addresses_of_both_families_are_served_and_closed_together() {
    let daemon = Daemon::start_with(|ports| {
        let (api, other, six) = (ports.api(), ports.spare(0), ports.spare(1));
        let listen = format!("[\"127.0.0.1:{api}\", \"127.0.0.2:{other}\", \"[::1]:{six}\"]");
        Settings::new().set("server.listen", listen)
    });
    let other: SocketAddr = ([127, 0, 0, 2], daemon.ports().spare(0)).into();
    let six: SocketAddr = (Ipv6Addr::LOCALHOST, daemon.ports().spare(1)).into();
    for address in [daemon.address(), other, six] {
        assert_eq!(exchange(address, HEALTH).expect(200).json(), json!({ "status": "ok" }));
    }
    daemon.stop();
}

#[test]
fn every_address_of_the_machine_can_be_listened_on() {
    let daemon = Daemon::start_cold(Settings::new().set("server.host", "\"::\""));
    let six: SocketAddr = (Ipv6Addr::LOCALHOST, daemon.ports().api()).into();
    for address in [daemon.address(), six] {
        exchange(address, HEALTH).expect(200);
    }
    daemon.stop();
}

#[test]
fn the_client_is_the_peer_unless_a_trusted_proxy_says_otherwise() {
    let trusting =
        Settings::new().set("server.trusted_proxies", "[\"127.0.0.0/8\", \"10.0.0.0/8\"]");
    for (settings, expected) in [
        (Settings::new(), ["127.0.0.1", "127.0.0.1", "127.0.0.1"]),
        (trusting, ["192.0.2.7", "192.0.2.7", "127.0.0.1"]),
    ] {
        let daemon = Daemon::start(settings);
        let told = ["192.0.2.7", "203.0.113.9, 192.0.2.7, 10.1.1.1", "rubbish"];
        for (told, expected) in told.into_iter().zip(expected) {
            let request = daemon.api().request("POST", "/dash/start-session");
            let object = request.header("x-forwarded-for", told).run().expect(200).json();
            let id = object["session_id"].as_str().expect("an id");
            let row = daemon.database().session(id, "active", |row| row["status"] == "active");
            assert_eq!(row["client_ip"], expected, "X-Forwarded-For: {told}");
        }
        daemon.stop();
    }
}

#[test]
fn a_taken_address_stops_the_start_with_its_name() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let finished = run_phoebed(directory.path(), &["--port", &port], &[]);
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let expected = format!("error: cannot listen on 127.0.0.1:{port}");
    assert!(finished.stderr.contains(&expected), "{}", finished.stderr);
    let mut cases = Cases::new();
    cases.case("nothing was made", || {
        assert!(!directory.path().join(".local").exists());
    });
    cases.finish();
}
