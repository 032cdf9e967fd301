//! Sockets that a service manager holds, here the test.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use phoebed_tests::{Daemon, PassedSockets, RawConnection, Settings, binary};
use serde_json::json;
use tempfile::TempDir;

use crate::ctl::Ctl;

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

fn local(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

#[test]
fn a_client_that_comes_before_the_daemon_is_answered_and_none_is_refused_while_it_restarts() {
    let folder = TempDir::new().expect("a folder");
    let socket = folder.path().join("admin.sock");
    let operator = UnixListener::bind(&socket).expect("a socket");
    let mut early = None;
    let mut daemon = Daemon::start_with(|ports| {
        let public = TcpListener::bind(local(ports.api())).expect("its port");
        let mut client = RawConnection::open(local(ports.api()));
        client.send(HEALTH);
        early = Some(client);
        let sockets = PassedSockets::default().with("public", public).with("admin", operator);
        Settings::new().set("admin.socket", format!("'{}'", socket.display())).sockets(sockets)
    });
    assert_eq!(early.expect("it was sent").next_answer().status, 200);
    daemon.wait_until_ready();
    let ctl = Ctl::of(&daemon);
    ctl.ok(&["ping"]);
    let session = daemon.start_session();
    session.ok(&json!({ "command": "set_value", "twig": "period@binary", "value": 3.25 }));

    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let address = daemon.address();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        // Fails when it is refused, or closed without an answer.
                        let mut client = RawConnection::open(address);
                        client.send(HEALTH);
                        assert_eq!(client.next_answer().status, 200);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for _ in 0..3 {
            daemon.restart();
            assert!(socket.exists(), "the socket is the manager's");
            ctl.ok(&["ping"]);
        }
        over.store(true, Ordering::Relaxed);
        clients.into_iter().for_each(|client| client.join().expect("no request fails"));
    });
    assert!(answered.into_inner() > 12);
    let value = session.result(&json!({ "command": "get_value", "twig": "period@binary" }));
    assert_eq!(value, 3.25);
    assert!(!daemon.log().contains("the service manager passes"), "{}", daemon.log());

    ctl.ok(&["shutdown"]).says(&["has stopped", "systemctl stop phoebed.socket"]);
    daemon.ended();
    daemon.start_again();

    // Without them it opens its own, and removes what it has made.
    daemon.configure(|settings| settings.sockets(PassedSockets::default()));
    std::fs::remove_file(&socket).expect("the manager's");
    daemon.restart();
    daemon.stop();
    assert!(!socket.exists());
}

#[test]
fn a_socket_goes_before_the_configuration_and_a_difference_is_told() {
    let folder = TempDir::new().expect("a folder");
    let socket = folder.path().join("operator.sock");
    let operator = UnixListener::bind(&socket).expect("a socket");
    let mut daemon = Daemon::start_with(|ports| {
        let public = TcpListener::bind(local(ports.api())).expect("its port");
        // Names that say nothing: the kind of the socket counts.
        let sockets = PassedSockets::default().with("unknown", operator).with("", public);
        Settings::new().set("server.port", ports.spare(0)).sockets(sockets)
    });
    Ctl::in_directory(daemon.path()).global("--socket", &socket).ok(&["ping"]);
    let (port, spare) = (daemon.ports().api(), daemon.ports().spare(0));
    assert!(!phoebed_tests::is_in_use(spare), "it listens afresh");
    let log = daemon.log();
    let expected = [
        format!("passes a socket on 127.0.0.1:{port} (ListenStream= of its socket unit)"),
        format!("[server] names 127.0.0.1:{spare}: the socket counts"),
        format!("passes the operator's socket {}", socket.display()),
    ];
    for text in expected {
        assert!(log.contains(&text), "{text:?} is not in {log}");
    }
    daemon
        .configure(|settings| settings.sockets(PassedSockets::default()).set("server.port", port));
    daemon.restart();
    daemon.stop();
    assert!(socket.exists(), "it was not the daemon's");
}

#[test]
fn sockets_that_make_no_sense_are_refused_with_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let run = |name: &str, sockets: PassedSockets| {
        let config = folder.path().join("phoebed.toml");
        let text = format!("[state]\ndirectory = '{}'\n", folder.path().join("state").display());
        std::fs::write(&config, text).expect("a file");
        let mut command: Command = sockets.command(binary("phoebed"));
        command.arg("--config").arg(&config).env_clear().env("HOME", folder.path());
        sockets.pass(&mut command);
        let output = command.stdin(Stdio::null()).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        said
    };
    let tcp = || TcpListener::bind(local(0)).expect("a port");
    let unix = |name: &str| UnixListener::bind(folder.path().join(name)).expect("a socket");
    let said = run("admin", PassedSockets::default().with("admin", tcp()));
    assert!(said.contains("descriptor 3 (\"admin\")") && said.contains("everybody"), "{said}");
    let said = run("public", PassedSockets::default().with("public", unix("a")));
    assert!(said.contains("is a Unix socket") && said.contains("FileDescriptorName="), "{said}");
    let said = run("two", PassedSockets::default().with("admin", unix("b")).with("", unix("c")));
    assert!(said.contains("two sockets for operators"), "{said}");
    let file = std::fs::File::open("/dev/null").expect("a file");
    let said = run("file", PassedSockets::default().with("public", file));
    assert!(said.contains("is no listening stream socket"), "{said}");
}
