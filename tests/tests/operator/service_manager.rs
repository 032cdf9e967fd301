//! What a service manager hears from the daemon, on a socket of the test.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use nix::sys::signal::Signal;
use phoebed_tests::{Daemon, Settings, eventually};
use tempfile::TempDir;

use crate::configuration::set;
use crate::ctl::Ctl;

/// More than any message may take here.
const PATIENCE: Duration = Duration::from_secs(120);

/// The manager's end.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self { socket, folder }
    }

    fn settings(&self) -> Settings {
        let address = self.folder.path().join("notify");
        Settings::new().variable("NOTIFY_SOCKET", address.to_str().expect("text"))
    }

    fn next(&self) -> String {
        let mut buffer = [0; 1024];
        let length = self.socket.recv(&mut buffer).expect("a message");
        String::from_utf8(buffer[..length].to_vec()).expect("text")
    }

    /// The next message that begins like this, whatever comes before.
    fn hears(&self, beginning: &str) -> String {
        loop {
            let message = self.next();
            if message.starts_with(beginning) {
                return message;
            }
        }
    }
}

#[test]
fn the_manager_hears_of_each_turn_in_the_daemons_life() {
    let manager = Manager::new();
    let mut daemon = Daemon::start(manager.settings());
    // The status is from the same moment, so either may be first.
    manager.hears("READY=1");
    let sessions = [daemon.start_session(), daemon.start_session()];
    let status = "STATUS=2 sessions (0 running, 0 hibernated)";
    assert_eq!(manager.hears(status), status);

    let ctl = Ctl::of(&daemon);
    set(&daemon, &[("workers.spares", "0")]);
    ctl.ok(&["reload"]);
    let reloading = manager.hears("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    manager.hears("READY=1");
    set(&daemon, &[("workers.spares", "\"many\"")]);
    ctl.run(&["reload"]).expect(1);
    manager.hears("RELOADING=1");
    manager.hears("READY=1");
    set(&daemon, &[("workers.spares", "0")]);
    ctl.ok(&["drain"]);
    assert!(manager.hears("STATUS=draining").contains("2 sessions"));

    // After a kill, it is ready when it knows the sessions of before.
    daemon.kill();
    while manager.socket.set_nonblocking(true).is_ok() {
        if manager.socket.recv(&mut [0; 1024]).is_err() {
            break;
        }
    }
    manager.socket.set_nonblocking(false).expect("as before");
    let api = daemon.api().clone();
    let known = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            manager.hears("READY=1");
            api.sessions()
        });
        daemon.start_again();
        asked.join().expect("sessions")
    });
    assert!(sessions.iter().all(|session| known.contains_key(&session.id)), "{known:?}");

    daemon.signal(Signal::SIGTERM);
    let stopping = manager.hears("STOPPING=1");
    let within = stopping.split("EXTEND_TIMEOUT_USEC=").nth(1).expect("a time");
    assert_eq!(within, "60000000", "shutdown.grace_seconds and the rest of the end");
    daemon.stopped();
}

#[test]
fn the_manager_hears_that_the_daemon_is_well_and_nothing_while_it_stands_still() {
    let manager = Manager::new();
    let patience = "2000000";
    let daemon = Daemon::start_cold(manager.settings().variable("WATCHDOG_USEC", patience));
    for _ in 0..3 {
        manager.hears("WATCHDOG=1");
    }
    daemon.signal(Signal::SIGSTOP);
    eventually("it stands still", || {
        phoebed_tests::Process::read(daemon.pid()).filter(phoebed_tests::Process::is_stopped)
    });
    manager.socket.set_nonblocking(true).expect("no waiting");
    while manager.socket.recv(&mut [0; 1024]).is_ok() {}
    manager.socket.set_nonblocking(false).expect("as before");
    manager.socket.set_read_timeout(Some(Duration::from_secs(3))).expect("a timeout");
    assert!(manager.socket.recv(&mut [0; 1024]).is_err(), "longer than the manager's patience");
    manager.socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    daemon.signal(Signal::SIGCONT);
    manager.hears("WATCHDOG=1");
    daemon.stop();
}

#[test]
fn a_watchdog_that_is_meant_for_another_process_is_not_served() {
    let manager = Manager::new();
    let settings = manager.settings().variable("WATCHDOG_USEC", "400000");
    let daemon = Daemon::start_cold(settings.variable("WATCHDOG_PID", "1"));
    manager.hears("READY=1");
    daemon.wait_until_ready();
    daemon.stop();
    manager.socket.set_nonblocking(true).expect("no waiting");
    let mut buffer = [0; 1024];
    while let Ok(length) = manager.socket.recv(&mut buffer) {
        assert!(!buffer[..length].starts_with(b"WATCHDOG"));
    }
}
