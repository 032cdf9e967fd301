//! A client that leaves before its session has started.

use phoebed_tests::{Daemon, RawConnection, Settings, Signal, children, eventually, signal};

#[test]
fn a_client_that_gives_up_during_a_start_leaves_no_session_behind() {
    let daemon = Daemon::start(Settings::new().set("workers.spares", 0));
    let zygote = daemon.zygote().expect("a zygote");
    signal(zygote.pid, Signal::SIGSTOP);
    for _ in 0..3 {
        let mut client = RawConnection::open(daemon.address());
        client.send(
            "POST /dash/start-session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: 2\r\n\r\n{}",
        );
        // The start has its port: it is under way.
        eventually("the start is under way", || (daemon.port_counts().1 >= 1).then_some(()));
        drop(client);
    }
    signal(zygote.pid, Signal::SIGCONT);
    eventually("every port is free again", || (daemon.port_counts() == (12, 0, 12)).then_some(()));
    eventually("no worker is left", || (children(daemon.pid()).len() == 1).then_some(()));
    assert!(daemon.api().sessions().is_empty());
    eventually("no record says that there is one", || {
        let active = daemon.database().rows("SELECT * FROM sessions WHERE status = 'active'");
        active.is_empty().then_some(())
    });
    daemon.start_session().ping();
    daemon.stop();
}
