//! The end of the daemon, phase by phase.

use serde_json::json;

use crate::client::Client;
use crate::daemon::Setup;
use crate::eventually::eventually;
use crate::processes;

const REASONS: &str = "SELECT DISTINCT status, termination_reason FROM sessions";

async fn refuses_connections(client: Client) {
    eventually("the listener is closed", async || {
        tokio::net::TcpStream::connect(client.0).await.is_err().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_command_in_flight_is_answered_within_the_grace() {
    let mut daemon = Setup::default().with("shutdown.grace_seconds", 60).start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    daemon.begin_stop();
    refuses_connections(daemon.client).await;
    daemon.stage.release("go");
    let answer = running.answer().await;
    assert_eq!((answer.status, &answer.json()["result"]["n"]), (200, &json!(1)));
    daemon.stopped().await;
}

#[tokio::test]
async fn a_command_that_hangs_is_cut_after_the_grace_and_its_client_is_told_to_come_again() {
    let mut daemon = Setup::default().with("shutdown.grace_seconds", 0.3).start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "n": 1})).await;
    daemon.stage.begun(1).await;
    daemon.begin_stop();
    running.answer().await.refused(503);
    daemon.stopped().await;
}

#[tokio::test]
async fn sessions_and_spares_end_with_the_daemon() {
    let daemon = Setup::default().ports(20).with("workers.spares", 4).start().await;
    for _ in 0..6 {
        daemon.client.start().await.ping().await;
    }
    daemon.stage.live(10).await;
    assert_eq!(daemon.stop_and_query(REASONS).await, [["terminated", "server_shutdown"]]);
}

#[tokio::test]
async fn no_spare_is_started_in_the_place_of_sessions_that_end_with_the_daemon() {
    // One of them takes its time to end, so that there would be time for it.
    let script = json!({"births": [{"do": "ignore_term"}, {"do": "ok"}]});
    let setup = Setup::default().ports(4).with("workers.spares", 3).script(script);
    let daemon = setup.start().await;
    for _ in 0..4 {
        daemon.client.start().await.ping().await;
    }
    assert_eq!(daemon.client.ports().await, (4, 4, 0));
    assert_eq!(daemon.stop_and_trace("fork").await.len(), 4);
}

#[tokio::test]
async fn workers_that_ignore_term_end_with_the_daemon() {
    let script = json!({"births": [{"do": "ignore_term"}]});
    let daemon = Setup::default().with("workers.spares", 2).script(script).start().await;
    let session = daemon.client.start().await;
    assert_eq!(session.send(&json!({"command": "leave_child"})).await.status, 200);
    daemon.stage.live(3).await;
    assert_eq!(daemon.stop_and_query(REASONS).await, [["terminated", "server_shutdown"]]);
}

#[tokio::test]
async fn a_start_that_waits_for_the_zygote_is_refused_at_the_end() {
    let script = json!({"zygotes": [{"do": "wait"}]});
    let setup = Setup::default().with("shutdown.grace_seconds", 0.3).script(script);
    let mut daemon = setup.listen().await;
    let start = daemon.client.begin_start().await;
    daemon.stage.nth("zygote", 1).await;
    eventually("the start has its port", async || {
        (daemon.client.ports().await.1 == 1).then_some(())
    })
    .await;
    daemon.begin_stop();
    let cause = start.answer().await.refused(503);
    assert!(cause.contains("shutting down"), "{cause}");
    daemon.stopped().await;
}

#[tokio::test]
async fn a_start_that_waits_for_its_worker_leaves_nothing_at_the_end() {
    let script = json!({"births": [{"do": "stubborn"}]});
    let setup = Setup::default().with("shutdown.grace_seconds", 0.3).script(script);
    let mut daemon = setup.start().await;
    let start = daemon.client.begin_start().await;
    daemon.stage.nth("worker", 1).await;
    daemon.begin_stop();
    start.answer().await.refused(503);
    daemon.stopped().await;
}

#[tokio::test]
async fn a_start_in_the_middle_of_its_fork_leaves_nothing_at_the_end() {
    let script = json!({"zygotes": [{"do": "wait_in_fork", "at_fork": 1}]});
    let setup = Setup::default().with("shutdown.grace_seconds", 0.3).script(script);
    let mut daemon = setup.start().await;
    let start = daemon.client.begin_start().await;
    daemon.stage.nth("fork", 1).await;
    daemon.begin_stop();
    start.answer().await.refused(503);
    daemon.stopped().await;
}

#[tokio::test]
async fn a_worker_that_the_zygote_forks_after_its_channel_was_closed_is_not_left() {
    let script = json!({"zygotes": [{"do": "fork_at_the_end", "at_fork": 1}]});
    let setup = Setup::default().with("shutdown.grace_seconds", 0.3).script(script);
    let mut daemon = setup.start().await;
    let start = daemon.client.begin_start().await;
    daemon.stage.nth("fork", 1).await;
    daemon.begin_stop();
    start.answer().await.refused(503);
    daemon.stopped().await;
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let mut daemon = Setup::default().with("shutdown.grace_seconds", 600).start().await;
    let mut idle = crate::http_limits::kept_alive(daemon.client).await;
    let silent = daemon.client.connect().await;
    daemon.begin_stop();
    crate::http_limits::closed(&mut idle).await;
    daemon.stopped().await;
    drop(silent);
}

#[tokio::test]
async fn a_daemon_whose_zygote_was_just_killed_stops() {
    let daemon = Setup::default().with("workers.spares", 2).start().await;
    daemon.stage.live(2).await;
    processes::signal(daemon.stage.pids("zygote")[0], nix::sys::signal::Signal::SIGKILL);
    daemon.stop().await;
}
