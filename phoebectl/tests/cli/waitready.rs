use std::time::Duration;

use phoebed_common::admin::EngineState;

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;
use crate::status::{engine, status};

const ROUTE: &str = "GET /v1/status";

#[tokio::test]
async fn waitready_outlasts_a_start_and_a_failure() {
    let daemon = FakeDaemon::new()
        .answer(ROUTE, &engine(EngineState::Warming, None))
        .answer(ROUTE, &engine(EngineState::Failed, Some("out of memory")))
        .answer(ROUTE, &status())
        .start();
    let said = Ctl::new("waitready").to(&daemon).run().await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("ready after "), "{said:?}");
    assert_eq!(daemon.asked().len(), 3);
}

#[tokio::test]
async fn waitready_waits_for_a_daemon_that_is_not_there_yet() {
    let daemon = FakeDaemon::new().answer(ROUTE, &status());
    let ctl = Ctl::new("waitready").to(&daemon).run();
    let start = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        daemon.start()
    };
    // The socket is there only after some tries.
    let (said, daemon) = tokio::join!(ctl, start);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(daemon.asked().len(), 1);
}

#[tokio::test]
async fn waitready_says_why_it_is_not_ready() {
    let failed = engine(EngineState::Failed, Some("No module named 'phoebe'"));
    let daemon = FakeDaemon::new().answer(ROUTE, &failed).start();
    let said = Ctl::new("waitready --timeout 100ms").to(&daemon).run().await;
    snapshot::check("waitready_failed", &said, &daemon);
}

#[tokio::test]
async fn waitready_without_a_daemon_ends_as_not_running() {
    let daemon = FakeDaemon::new();
    let said = Ctl::new("waitready --timeout 100ms").to(&daemon).run().await;
    assert_eq!(said.code, 3, "{said:?}");
}
