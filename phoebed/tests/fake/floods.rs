//! Workers that send what nobody asked for.

use serde_json::{Value, json};

use crate::daemon::Setup;
use crate::eventually::eventually;

fn unsolicited() -> Value {
    json!([{"id": -1}, r#"{"success":true}"#, "wrong"])
}

#[tokio::test]
async fn some_unsolicited_answers_are_dropped() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let messages = json!([
        {"parts": unsolicited(), "times": 20},
        {"parts": [{"id": 0}, r#"{"success":true}"#, "right"]},
    ]);
    let answer = session.send(&json!({"command": "raw", "messages": messages})).await;
    assert_eq!(answer.text(), "right");
    session.ping().await;
    daemon.stop().await;
}

/// The worker of one session floods without end: that session ends with the cause, and the others
/// go on meanwhile.
async fn flooded(parts: Value, cause: &str) {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let others = [daemon.client.start().await, daemon.client.start().await];
    let flood = json!({"command": "flood", "n": 1, "parts": parts});
    let flood = session.begin(&flood).await;
    for n in 0..20_u64 {
        for other in &others {
            let answer = other.send(&json!({"command": "echo", "n": n})).await;
            assert_eq!(answer.json()["result"]["n"], n);
        }
    }
    let told = flood.answer().await.refused(503);
    assert!(told.contains(cause), "{told}");
    assert_eq!(daemon.client.sessions().await.len(), 2);
    daemon.client.start().await.ping().await;
    let sql = "SELECT count(*) FROM sessions WHERE termination_reason = 'process_died'";
    assert_eq!(daemon.stop_and_query(sql).await, [["1"]]);
}

#[tokio::test]
async fn a_flood_of_unsolicited_answers_ends_its_session_and_hinders_nobody_else() {
    flooded(unsolicited(), "nobody asked for").await;
}

#[tokio::test]
async fn a_flood_of_garbage_ends_its_session_and_hinders_nobody_else() {
    flooded(json!(["garbage"]), "limit").await;
}

#[tokio::test]
async fn a_flood_of_copies_of_the_right_answer_ends_its_session_after_the_first() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let right = json!([{"id": 0}, r#"{"success":true}"#, "right"]);
    let messages = json!([{"parts": right, "times": 10_000, "then_wait": "never"}]);
    let answer = session.send(&json!({"command": "raw", "messages": messages})).await;
    assert_eq!((answer.status, answer.text()), (200, "right".to_owned()));
    eventually("the session has ended", async || {
        daemon.client.sessions().await.is_empty().then_some(())
    })
    .await;
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_flood_of_output_hinders_nobody_and_its_last_lines_reach_the_caller() {
    let daemon = Setup::default().start().await;
    let (loud, quiet) = (daemon.client.start().await, daemon.client.start().await);
    let shout = json!({"command": "shout", "line": "noise without end"});
    assert_eq!(loud.send(&shout).await.status, 200);
    for n in 0..20_u64 {
        for session in [&loud, &quiet] {
            let answer = session.send(&json!({"command": "echo", "n": n})).await;
            assert_eq!(answer.json()["result"]["n"], n);
        }
    }
    let cause = loud.send(&json!({"command": "end", "signal": 9})).await.refused(503);
    assert!(cause.contains("SIGKILL") && cause.contains("noise without end"), "{cause}");
    loud.send(&shout).await.refused(404);
    // Neither does one whose session is ended in the middle of it.
    let loud = daemon.client.start().await;
    assert_eq!(loud.send(&shout).await.status, 200);
    loud.end().await;
    quiet.ping().await;
    daemon.stop().await;
}
