//! Answers that are wrong: they never reach a client. Of those to nobody the next command gets its
//! own answer all the same; after garbage the session ends with the cause.

use serde_json::{Value, json};

use crate::client::Session;
use crate::daemon::Setup;

/// Sends messages and then the right answer; the client must get that, and so must the next one.
async fn then_the_right_answer(wrong: &[Value]) {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    for _ in 0..3 {
        let mut messages = wrong.to_vec();
        messages.push(right("right"));
        let answer = session.send(&json!({"command": "raw", "messages": messages})).await;
        assert_eq!((answer.status, answer.text()), (200, "right".to_owned()));
        expect_own_answers(&session).await;
    }
    daemon.stop().await;
}

fn right(body: &str) -> Value {
    json!({"parts": [{"id": 0}, r#"{"success":true}"#, body]})
}

async fn expect_own_answers(session: &Session) {
    for n in 0..5_u64 {
        let answer = session.send(&json!({"command": "echo", "n": n})).await;
        assert_eq!(answer.json()["result"]["n"], n);
    }
}

#[tokio::test]
async fn ids_that_are_wrong_are_dropped() {
    let mut messages: Vec<Value> = [-1, 1000, i64::MIN]
        .map(|offset| json!({"parts": [{"id": offset}, r#"{"success":true}"#, "wrong"]}))
        .into();
    for id in ["ffffffffffffffff", "0000000000000000"] {
        messages.push(json!({"parts": [{"hex": id}, r#"{"success":true}"#, "wrong"]}));
    }
    then_the_right_answer(&messages).await;
}

#[tokio::test]
async fn of_two_answers_only_the_first_counts() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    for _ in 0..10 {
        let messages = [right("first"), right("second"), right("third")];
        let answer = session.send(&json!({"command": "raw", "messages": messages})).await;
        assert_eq!(answer.text(), "first");
        expect_own_answers(&session).await;
    }
    daemon.stop().await;
}

/// The session whose worker answers one command like this ends with this cause; others go on.
async fn ends_its_session(setup: Setup, command: Value, cause: &str) {
    let daemon = setup.start().await;
    let (session, other) = (daemon.client.start().await, daemon.client.start().await);
    let told = session.send(&command).await.refused(503);
    assert!(told.contains(cause), "{told}");
    expect_own_answers(&other).await;
    assert_eq!(daemon.client.sessions().await.len(), 1);
    daemon.client.start().await.ping().await;
    let sql = "SELECT count(*) FROM sessions WHERE termination_reason = 'process_died'";
    assert_eq!(daemon.stop_and_query(sql).await, [["1"]]);
}

#[tokio::test]
async fn a_command_answered_with_garbage_ends_its_session_with_the_cause() {
    let messages = json!([{"parts": ["nonsense".repeat(10)]}]);
    let command = json!({"command": "raw", "messages": messages});
    ends_its_session(Setup::default(), command, "limit").await;
}

#[tokio::test]
async fn a_header_that_is_not_understood_ends_its_session_with_the_cause() {
    let deep = "[".repeat(60_000);
    for header in ["", "{", "{}", "[]", "null", r#"{"success":1}"#, r#"{"success":true}x"#, &deep] {
        let messages = json!([{"parts": [{"id": 0}, header, "wrong"]}]);
        let command = json!({"command": "raw", "messages": messages});
        ends_its_session(Setup::default(), command, "not understood").await;
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_ends_its_session_and_nothing_else() {
    let setup = Setup::default().with("workers.max_answer_mb", 1);
    let command = json!({"command": "huge", "bytes": 3 << 20});
    ends_its_session(setup, command, "workers.max_answer_mb").await;
}

#[tokio::test]
async fn an_answer_just_within_the_limit_passes() {
    let daemon = Setup::default().with("workers.max_answer_mb", 1).start().await;
    let session = daemon.client.start().await;
    let answer = session.send(&json!({"command": "huge", "bytes": (1 << 20) - 100})).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.len() > (1 << 20) - 100);
    daemon.stop().await;
}
