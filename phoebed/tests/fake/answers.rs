//! What passes through: requests and answers, byte for byte.

use serde_json::json;

use crate::daemon::Setup;

#[tokio::test]
async fn requests_and_answers_pass_through_byte_for_byte() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    for request in [
        r#"{"command":"echo","x":0.12345678901234567,"y":[1e-300,-0.0,1E+2,123456789012345678901]}"#,
        r#"{ "command" :	"echo" , "value":[ 1.0 ,2.50]  }"#,
        "{\r\n  \"command\": \"echo\",\n  \"z\": null\n}\n",
        r#"{"command":"echo","text":"\u0000\ud83d\ude00 \/ \" 😀 é"}"#,
        r#"{"command":"first","x":1,"x":2,"command":"echo"}"#,
        r#" {"command":"echo","deep":[[[[{"a":{"b":[]}}]]]]} "#,
    ] {
        let answer = session.send_text(request).await;
        assert_eq!(answer.text(), format!(r#"{{"success":true,"result":{request}}}"#));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    }
    daemon.stop().await;
}

#[tokio::test]
async fn answers_that_are_odd_json_or_none_at_all_are_not_touched() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    for body in [r#"{"success" : true, "result":1.00}"#, "", " [NaN] ", "\u{1}\u{feff}"] {
        let parts = json!([{"id": 0}, r#"{"success":true}"#, body]);
        let command = json!({"command": "raw", "messages": [{"parts": parts}]});
        assert_eq!(session.send(&command).await.text(), body);
    }
    daemon.stop().await;
}

#[tokio::test]
async fn large_requests_and_answers_pass_through() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let request = json!({"command": "echo", "text": "x".repeat(5 << 20)}).to_string();
    let answer = session.send_text(&request).await;
    assert!(answer.text() == format!(r#"{{"success":true,"result":{request}}}"#));
    daemon.stop().await;
}

#[tokio::test]
async fn a_failed_command_is_an_answer_and_stands_in_the_log_database() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let answer = session.send(&json!({"command": "fail", "error": "no such twig"})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"success": false, "error": "no such twig"}));
    session.ping().await;
    let rows = daemon
        .stop_and_query("SELECT command_name, success, error_message FROM session_commands")
        .await;
    assert_eq!(rows, [["fail", "0", "no such twig"], ["ping", "1", "null"]]);
}
