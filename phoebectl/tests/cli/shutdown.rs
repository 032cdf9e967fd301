use std::time::Duration;

use phoebed_common::admin::ShutdownAnswer;

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;

const ROUTE: &str = "POST /v1/shutdown";

fn answer() -> ShutdownAnswer {
    // No process has this id: the kernel's highest is 4194304.
    ShutdownAnswer { pid: 4_194_999, sessions: 2, grace_seconds: 10.0, socket_stays: false }
}

#[tokio::test]
async fn shutdown_waits_until_the_socket_is_closed() {
    let daemon = FakeDaemon::new().answer(ROUTE, &answer()).start();
    let ctl = Ctl::new("shutdown").to(&daemon).run();
    let stop = async {
        while daemon.bodies(ROUTE).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        std::fs::remove_file(daemon.socket()).unwrap();
    };
    let (said, ()) = tokio::join!(ctl, stop);
    assert_eq!(said.out, "phoebed (process 4194999) has stopped; it had 2 sessions\n");
    assert_eq!(said.code, 0);
}

#[tokio::test]
async fn a_daemon_that_does_not_stop_is_a_failure() {
    let daemon = FakeDaemon::new().answer(ROUTE, &answer()).start();
    let said = Ctl::new("shutdown --timeout 100ms").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("is still stopping after 100 ms"), "{said:?}");
}

#[tokio::test]
async fn a_socket_of_the_service_manager_is_not_waited_for_and_not_connected_to_again() {
    let stays = ShutdownAnswer { socket_stays: true, ..answer() };
    let daemon = FakeDaemon::new().answer(ROUTE, &stays).start();
    let said = Ctl::new("shutdown").to(&daemon).run().await;
    assert_eq!((said.code, daemon.asked().len()), (0, 1));
    assert!(said.out.contains("has stopped"), "{said:?}");
    assert!(said.err.contains("hint: the next connection starts it again"), "{said:?}");
    // This very process does not stop.
    let lives = ShutdownAnswer { pid: std::process::id(), ..stays };
    let daemon = FakeDaemon::new().answer(ROUTE, &lives).start();
    let said = Ctl::new("shutdown --timeout 100ms").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("is still stopping after 100 ms"), "{said:?}");
}
