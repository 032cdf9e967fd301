//! A command that takes longer than its caller waits.

use serde_json::json;

use crate::client::Session;
use crate::daemon::Setup;
use crate::eventually::eventually;

fn impatient() -> Setup {
    Setup::default().with("session.command_timeout_seconds", 0.2)
}

/// Has the session run into the timeout with `wait`.
async fn run_into_timeout(session: &Session, n: u64) {
    let answer = session.send(&json!({"command": "wait", "until": "go", "n": n})).await;
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!(answer["success"], false);
    assert_eq!(answer["error"], "Worker timed out");
    assert_eq!(answer["command"], "wait");
}

#[tokio::test]
async fn after_a_timeout_the_session_says_busy_until_the_late_answer_is_dropped() {
    let daemon = impatient().start().await;
    let session = daemon.client.start().await;
    run_into_timeout(&session, 1).await;
    let busy = session.send(&json!({"command": "echo", "n": 2})).await;
    assert_eq!(busy.status, 200);
    let busy = busy.json();
    assert_eq!((&busy["success"], &busy["busy"]["command"]), (&json!(false), &json!("wait")));
    let since = busy["busy"]["since"].as_f64().unwrap();
    let created = session.object["created_at"].as_f64().unwrap();
    assert!(created <= since && since < created + 3600.0, "{busy}");
    daemon.stage.release("go");
    eventually("the session is usable", async || {
        let answer = session.send(&json!({"command": "echo", "n": 3})).await.json();
        if answer["success"] == true {
            assert_eq!(answer["result"]["n"], 3, "the late answer went to another client");
        }
        (answer["success"] == true).then_some(())
    })
    .await;
    session.ping().await;
    assert_eq!(daemon.stage.carried_out(), [1, 3], "a busy session carries nothing out");
    let rows = daemon
        .stop_and_query("SELECT error_message FROM session_commands WHERE command_name = 'wait'")
        .await;
    assert_eq!(rows, [["Worker timed out"]]);
}

#[tokio::test]
async fn a_session_that_is_busy_after_a_timeout_can_be_ended() {
    let daemon = impatient().start().await;
    let session = daemon.client.start().await;
    run_into_timeout(&session, 1).await;
    session.end().await;
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_session_that_dies_after_a_timeout_is_not_listed_any_more() {
    let daemon = impatient().start().await;
    let session = daemon.client.start().await;
    run_into_timeout(&session, 1).await;
    crate::processes::signal(daemon.stage.pids("worker")[0], nix::sys::signal::Signal::SIGKILL);
    eventually("the session is gone", async || {
        daemon.client.sessions().await.is_empty().then_some(())
    })
    .await;
    daemon.is_empty().await;
    daemon.stop().await;
}
