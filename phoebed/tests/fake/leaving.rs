//! Clients that leave in the middle.

use serde_json::json;

use crate::daemon::Setup;
use crate::eventually::eventually;

#[tokio::test]
async fn a_client_that_leaves_while_its_session_starts_leaves_nothing_behind() {
    let script = json!({"births": [{"do": "wait", "until": "go"}]});
    let setup = Setup::default().with("resources.max_workers_per_user", 1).script(script);
    let daemon = setup.start().await;
    let start = daemon.client.begin_start().await;
    daemon.stage.nth("worker", 1).await;
    let refused = daemon.client.try_start().await.refused(429);
    assert!(refused.contains("1 of 1"), "{refused}");
    start.leave().await;
    daemon.stage.release("go");
    daemon.is_empty().await;
    assert_eq!(daemon.client.sessions().await, [""; 0]);
    let session = daemon.client.start().await;
    session.ping().await;
    session.end().await;
    assert_eq!(daemon.stop_and_query("SELECT count(*) FROM sessions").await, [["1"]]);
}

#[tokio::test]
async fn the_place_of_a_client_that_left_is_free_at_once() {
    let script = json!({"births": [{"do": "wait", "until": "go"}]});
    let setup = Setup::default().with("resources.max_workers_per_user", 1).script(script);
    let daemon = setup.start().await;
    for _ in 0..5 {
        let start = daemon.client.begin_start().await;
        daemon.stage.nth("worker", 1).await;
        start.leave().await;
        // What served it ends a few turns of the event loop after its connection.
        for _ in 0..20 {
            daemon.client.ports().await;
        }
    }
    // The launch that the first one began serves this one.
    let start = daemon.client.begin_start().await;
    daemon.stage.release("go");
    assert_eq!(start.answer().await.status, 200);
    daemon.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_zygote_is_ready_leaves_nothing_behind() {
    let script = json!({"zygotes": [{"do": "wait", "until": "go"}]});
    let daemon = Setup::default().script(script).listen().await;
    let start = daemon.client.begin_start().await;
    eventually("the start has its port", async || {
        (daemon.client.ports().await.1 == 1).then_some(())
    })
    .await;
    start.leave().await;
    daemon.stage.release("go");
    daemon.ready().await;
    daemon.is_empty().await;
    assert_eq!(daemon.client.sessions().await, [""; 0]);
    daemon.stop().await;
}

#[tokio::test]
async fn many_clients_that_leave_at_any_moment_of_a_start_leave_no_process_without_a_session() {
    let daemon = Setup::default().ports(30).with("workers.spares", 2).start().await;
    for round in 0..30_u64 {
        let start = daemon.client.begin_start().await;
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        drop(start);
    }
    // Whoever left after the answer was sent has a session; each has one process.
    eventually("as many processes as sessions and spares", async || {
        let sessions = daemon.client.sessions().await.len();
        (daemon.stage.live_workers().len() == sessions + 2).then_some(())
    })
    .await;
    for id in daemon.client.sessions().await {
        daemon.client.post(&format!("/dash/end-session/{id}")).await;
    }
    daemon.stage.live(2).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_command_whose_client_leaves_finishes_and_the_session_is_usable() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let command = session.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    command.leave().await;
    let next = session.begin(&json!({"command": "echo", "n": 2})).await;
    daemon.stage.release("go");
    assert_eq!(next.answer().await.json()["result"]["n"], 2);
    assert_eq!(daemon.stage.carried_out(), [1, 2]);
    let sql = "SELECT command_name, success FROM session_commands";
    assert_eq!(daemon.stop_and_query(sql).await, [["wait", "1"], ["echo", "1"]]);
}

#[tokio::test]
async fn a_client_that_leaves_while_it_ends_its_session_does_not_stop_the_end() {
    let script = json!({"births": [{"do": "ignore_term"}]});
    let daemon = Setup::default().script(script).start().await;
    let session = daemon.client.start().await;
    let end = session.begin_end().await;
    eventually("the session is not listed", async || {
        daemon.client.sessions().await.is_empty().then_some(())
    })
    .await;
    end.leave().await;
    daemon.is_empty().await;
    let sql = "SELECT termination_reason FROM sessions";
    assert_eq!(daemon.stop_and_query(sql).await, [["manual"]]);
}
