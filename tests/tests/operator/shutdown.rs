//! `phoebectl shutdown`.

use phoebed_tests::{Daemon, Settings};

use crate::ctl::Ctl;

#[test]
fn shutdown_ends_the_sessions_and_returns_when_the_daemon_is_gone() {
    let mut daemon = Daemon::start(Settings::new());
    let ctl = Ctl::of(&daemon);
    for json in [false, true] {
        let sessions = [daemon.start_session(), daemon.start_session()];
        let (pid, socket) = (daemon.pid(), daemon.path().join("admin.sock"));
        if json {
            let answer = ctl.json(&["shutdown"]);
            assert_eq!(
                (&answer["pid"], &answer["sessions"]),
                (&pid.into(), &4.into()),
                "those of before too"
            );
        } else {
            let said = format!("phoebed (process {pid}) has stopped; it had 2 sessions\n");
            assert_eq!(ctl.ok(&["shutdown"]).stdout, said);
        }
        assert!(!socket.exists(), "the socket goes with the daemon");
        ctl.run(&["ping"]).expect(3);
        // The status is 0, and no process, port or directory is left.
        daemon.stopped();
        for session in &sessions {
            daemon.database().session(&session.id, "kept", |row| row["status"] == "hibernated");
        }
        daemon.database().check();
        if !json {
            daemon.start_again();
            daemon.wait_until_ready();
        }
    }
}
