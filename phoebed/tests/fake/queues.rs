//! Commands of one session: one after the other, so many waiting, none in another's way.

use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Answer, Pending, Session};
use crate::daemon::Setup;

/// Sends two commands where only one can wait: the refusal, and the one that waits.
async fn one_waits(session: &Session) -> (Answer, Pending) {
    let echo = |n: u64| json!({"command": "echo", "n": n});
    let (mut first, mut second) = (session.begin(&echo(2)).await, session.begin(&echo(2)).await);
    tokio::select! {
        () = first.readable() => (first.answer().await, second),
        () = second.readable() => (second.answer().await, first),
    }
}

#[tokio::test]
async fn more_commands_than_may_wait_are_refused_with_the_numbers() {
    let daemon = Setup::default().with("session.queue_limit", 1).start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    let (refused, waiting) = one_waits(&session).await;
    let detail = refused.refused(503);
    assert!(detail.contains("1 of 1"), "{detail}");
    daemon.stage.release("go");
    assert_eq!(running.answer().await.json()["result"]["n"], 1);
    assert_eq!(waiting.answer().await.json()["result"]["n"], 2);
    session.ping().await;
    assert_eq!(daemon.stage.carried_out(), [1, 2]);
    daemon.stop().await;
}

#[tokio::test]
async fn a_waiting_command_whose_client_has_left_is_not_carried_out() {
    let daemon = Setup::default().with("session.queue_limit", 1).start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    let (refused, waiting) = one_waits(&session).await;
    refused.refused(503);
    waiting.leave().await;
    daemon.stage.release("go");
    assert_eq!(running.answer().await.status, 200);
    assert_eq!(session.send(&json!({"command": "echo", "n": 3})).await.status, 200);
    assert_eq!(daemon.stage.carried_out(), [1, 3]);
    daemon.stop().await;
}

#[tokio::test]
async fn commands_sent_at_once_are_carried_out_once_each_and_get_their_own_answers() {
    let daemon = Setup::default().with("session.queue_limit", 100).start().await;
    let session = daemon.client.start().await;
    let mut clients = JoinSet::new();
    for n in 0..60_u64 {
        let session = session.clone();
        clients.spawn(async move {
            let answer = session.send(&json!({"command": "echo", "n": n})).await;
            assert_eq!(answer.json()["result"]["n"], n);
        });
    }
    clients.join_all().await;
    let mut done = daemon.stage.carried_out();
    done.sort_unstable();
    assert_eq!(done, (0..60).collect::<Vec<_>>());
    daemon.stop().await;
}

#[tokio::test]
async fn commands_that_wait_are_carried_out_in_the_order_in_which_they_came() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "until": "go", "n": 0})).await;
    daemon.stage.begun(0).await;
    let mut waiting = Vec::new();
    for n in 1..=20_u64 {
        waiting.push(session.begin(&json!({"command": "echo", "n": n})).await);
        daemon.operator.waiting(&session, n).await;
    }
    daemon.stage.release("go");
    assert_eq!(running.answer().await.status, 200);
    for (n, command) in (1..=20_u64).zip(waiting) {
        assert_eq!(command.answer().await.json()["result"]["n"], n);
    }
    assert_eq!(daemon.stage.carried_out(), (0..=20).collect::<Vec<_>>());
    daemon.stop().await;
}

#[tokio::test]
async fn a_hanging_session_is_not_in_the_way_of_others() {
    let daemon = Setup::default().start().await;
    let (hanging, other) = (daemon.client.start().await, daemon.client.start().await);
    let never = hanging.begin(&json!({"command": "wait", "n": 1})).await;
    daemon.stage.begun(1).await;
    for n in 2..50_u64 {
        assert_eq!(other.send(&json!({"command": "echo", "n": n})).await.status, 200);
    }
    daemon.client.start().await.ping().await;
    assert_eq!(daemon.client.sessions().await.len(), 3);
    never.leave().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_waiting_command_whose_client_has_left_makes_room_at_once() {
    let daemon = Setup::default().with("session.queue_limit", 1).start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    for _ in 0..3 {
        // Two get there, one of which is refused: so there was room for the other.
        let (refused, waiting) = one_waits(&session).await;
        refused.refused(503);
        waiting.leave().await;
    }
    daemon.stage.release("go");
    assert_eq!(running.answer().await.status, 200);
    session.ping().await;
    assert_eq!(daemon.stage.carried_out(), [1]);
    daemon.stop().await;
}
