//! Thousands of connections.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use phoebed_tests::{RawConnection, Settings, eventually, processes_of};

use crate::bystander::Bystander;

/// Connections that are open at once, of which the daemon takes all but some.
const IDLE: usize = 5_050;
const LIMIT: usize = 5_000;
const GET: &str = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

#[test]
fn thousands_of_idle_connections_are_held_up_to_the_limit_and_then_let_go() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("the limit can be raised");
    let settings = Settings::new()
        .set("server.max_connections", LIMIT)
        .set("server.header_timeout_seconds", 600);
    let (daemon, bystander) = Bystander::of(settings);
    let mut idle: Vec<RawConnection> =
        (0..IDLE).map(|_| RawConnection::open(daemon.address())).collect();
    let process = processes_of(daemon.path()).into_iter().find(|one| one.pid == daemon.pid());
    let process = process.expect("the daemon");
    let open = || process.descriptors().iter().filter(|one| one.starts_with("socket:")).count();
    eventually("as many are open as may be", || (open() >= LIMIT).then_some(()));
    // Others of its sockets are few.
    assert!(open() < LIMIT + 100, "{}", open());
    // One that was accepted is served, one beyond the limit waits for its turn.
    idle[0].send(GET);
    idle[0].next_answer().expect(200);
    let mut last = idle.pop().expect("one");
    last.send(GET);
    let said = |log: &str| log.matches("connections are open").count();
    assert_eq!(said(&daemon.log()), 1);
    idle.clear();
    last.next_answer().expect(200);
    drop(last);
    eventually("they are gone", || (open() < 100).then_some(()));
    bystander.was_undisturbed(daemon);
}
