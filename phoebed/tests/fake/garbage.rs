//! Answers that are wrong: they never reach a client, and the next command gets its own answer.

use serde_json::{Value, json};

use crate::client::Session;
use crate::daemon::{Daemon, Setup};

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
    json!({"frames": [{"id": 0}, r#"{"success":true}"#, body]})
}

async fn expect_own_answers(session: &Session) {
    for n in 0..5_u64 {
        let answer = session.send(&json!({"command": "echo", "n": n})).await;
        assert_eq!(answer.json()["result"]["n"], n);
    }
}

#[tokio::test]
async fn frames_that_are_too_few_or_too_many_are_dropped() {
    let header = r#"{"success":true}"#;
    then_the_right_answer(&[
        json!({"frames": [""]}),
        json!({"frames": [{"id": 0}]}),
        json!({"frames": [{"id": 0}, header]}),
        json!({"frames": [{"id": 0}, header, "wrong", "wrong"]}),
        json!({"frames": vec![json!({"id": 0}); 1000]}),
        json!({"frames": ["", {"id": 0}, header, "wrong"]}),
    ])
    .await;
}

#[tokio::test]
async fn headers_that_are_not_understood_are_dropped() {
    let header = |text: &str| json!({"frames": [{"id": 0}, text, "wrong"]});
    let mut messages: Vec<Value> =
        ["", "{", "{}", "[]", "null", r#"{"success":1}"#, r#"{"success":true}x"#]
            .map(header)
            .into();
    messages.push(json!({"frames": [{"id": 0}, {"hex": "00fffe"}, "wrong"]}));
    messages.push(json!({"frames": [{"id": 0}, "[".repeat(100_000), "wrong"]}));
    then_the_right_answer(&messages).await;
}

#[tokio::test]
async fn ids_that_are_wrong_are_dropped() {
    let mut messages: Vec<Value> = [-1, 1000, i64::MIN]
        .map(|offset| json!({"frames": [{"id": offset}, r#"{"success":true}"#, "wrong"]}))
        .into();
    for id in ["", "00", "000000000000000001", "ffffffffffffffff", "0000000000000000"] {
        messages.push(json!({"frames": [{"hex": id}, r#"{"success":true}"#, "wrong"]}));
    }
    then_the_right_answer(&messages).await;
}

#[tokio::test]
async fn answers_under_another_identity_go_nowhere() {
    let frames = json!([{"id": 0}, r#"{"success":true}"#, "wrong"]);
    then_the_right_answer(&[json!({"peer": "somebody", "frames": frames})]).await;
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

/// A session whose worker answers one command with nothing but this.
async fn without_the_right_answer(setup: Setup, command: Value) -> (Daemon, Session, Value) {
    let setup = setup.with("session.command_timeout_seconds", 0.3);
    let daemon = setup.start().await;
    let (session, other) = (daemon.client.start().await, daemon.client.start().await);
    let answer = session.send(&command).await;
    other.ping().await;
    let answer = answer.json();
    assert_ne!(answer["success"], true, "{answer}");
    (daemon, session, answer)
}

#[tokio::test]
async fn a_command_answered_with_garbage_alone_fails_and_the_session_can_be_ended() {
    let messages = json!([{"frames": ["nonsense"]}]);
    let command = json!({"command": "raw", "messages": messages});
    let (daemon, session, answer) = without_the_right_answer(Setup::default(), command).await;
    assert_eq!(answer["error"], "Worker timed out");
    session.end().await;
    daemon.stop().await;
}

#[tokio::test]
async fn an_answer_beyond_the_limit_fails_its_command_and_nothing_else() {
    let setup = Setup::default().with("workers.max_answer_mb", 1);
    let command = json!({"command": "huge", "bytes": 3 << 20});
    let (daemon, session, _) = without_the_right_answer(setup, command).await;
    // The session may have ended for it.
    let _ = session.begin_end().await.answer().await;
    daemon.client.start().await.ping().await;
    daemon.stop().await;
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
