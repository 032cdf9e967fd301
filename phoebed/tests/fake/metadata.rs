//! What is told and noted of sessions and requests.

use serde_json::{Value, json};

use crate::daemon::Setup;

#[tokio::test]
async fn a_session_is_told_of_as_the_contract_says() {
    let daemon = Setup::default().start().await;
    let body = r#"{"project_name": {"name":"HD 174884", "n": 1.50} , "other": 1}"#;
    let answer = daemon.client.begin_json("/dash/start-session", body).await.answer().await;
    assert!(answer.text().contains(r#"{"name":"HD 174884", "n": 1.50}"#), "{}", answer.text());
    let object = answer.json();
    let id = object["session_id"].as_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 4);
    assert_eq!(object["port"], daemon.ports.first);
    assert_eq!((&object["user_id"], &object["full_name"]), (&Value::Null, &json!("")));
    assert!(object["mem_used"].as_f64().unwrap() > 0.0, "{object}");
    assert!(object["last_activity"].as_f64() >= object["created_at"].as_f64());
    let list = daemon.client.get("/dash/sessions").await.json();
    assert_eq!(list[id]["project_name"], object["project_name"]);
    daemon.stop().await;
}

#[tokio::test]
async fn a_start_without_metadata_is_taken_in_every_form() {
    let daemon = Setup::default().start().await;
    for (headers, body) in [
        ("", ""),
        ("", "null"),
        ("Content-Type: text/plain\r\n", "  "),
        ("Content-Type: application/json\r\n", "{}"),
        ("Content-Type: application/json\r\n", r#"{"project_name":null}"#),
    ] {
        let start = daemon.client.begin("POST /dash/start-session", headers, body.as_bytes());
        let object = start.await.answer().await;
        assert_eq!(object.status, 200, "{body:?}: {}", object.text());
        assert_eq!(object.json()["project_name"], Value::Null);
    }
    daemon.stop().await;
}

#[tokio::test]
async fn the_log_database_knows_the_client_of_a_session() {
    let daemon = Setup::default().start().await;
    let headers = "User-Agent: lab/7\r\nContent-Type: application/json\r\n";
    let body = br#"{"project_name":"blue"}"#;
    let start = daemon.client.begin("POST /dash/start-session", headers, body).await;
    assert_eq!(start.answer().await.status, 200);
    let sql = "SELECT client_ip, user_agent, project_name, port, status FROM sessions";
    let port = daemon.ports.first.to_string();
    let rows = daemon.stop_and_query(sql).await;
    assert_eq!(rows, [["127.0.0.1", "lab/7", "\"blue\"", port.as_str(), "terminated"]]);
}

#[tokio::test]
async fn the_memory_of_sessions_is_never_zero() {
    let daemon = Setup::default().start().await;
    let sessions = [daemon.client.start().await, daemon.client.start().await];
    let list = daemon.client.get("/dash/session-memory").await.json();
    assert_eq!(list.as_object().unwrap().len(), 2);
    for session in &sessions {
        assert!(list[&session.id].as_f64().unwrap() > 0.0, "{list}");
        let path = format!("/dash/session-memory/{}", session.id);
        let one = daemon.client.post(&path).await.json();
        assert!(one["mem_used"].as_f64().unwrap() > 0.0, "{one}");
    }
    let unknown = daemon.client.post("/dash/session-memory/nobody").await;
    assert_eq!(unknown.refused(404), "Session not found");
    daemon.stop().await;
}

#[tokio::test]
async fn last_activity_moves_with_commands() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    session.ping().await;
    let list = daemon.client.get("/dash/sessions").await.json();
    let (before, after) = (&session.object["last_activity"], &list[&session.id]["last_activity"]);
    assert!(after.as_f64() > before.as_f64(), "{before} {after}");
    daemon.stop().await;
}

#[tokio::test]
async fn every_answer_has_a_request_id_the_clients_own_where_that_is_harmless() {
    let daemon = Setup::default().start().await;
    let ask = async |path: &str, headers: &str| {
        let answer = daemon.client.begin(&format!("GET {path}"), headers, b"").await.answer().await;
        answer.header("x-request-id").expect("a request id").to_owned()
    };
    for path in ["/health", "/nothing", "/send/x", "/health/", "/dash/port-status"] {
        assert_eq!(ask(path, "X-Request-ID: lab-7.a\r\n").await, "lab-7.a");
        assert_eq!(ask(path, "").await.len(), 36, "{path}");
    }
    let long = format!("X-Request-ID: {}\r\n", "x".repeat(129));
    for headers in ["X-Request-ID: a b\r\n", "X-Request-ID:\r\n", "X-Request-ID: \u{e4}\r\n", &long]
    {
        assert_eq!(ask("/health", headers).await.len(), 36, "{headers}");
    }
    daemon.stop().await;
}
