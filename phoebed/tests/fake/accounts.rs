//! Accounts that go while something is done in their name.

use serde_json::json;

use crate::client::{Answer, Client, Pending};
use crate::daemon::Setup;

async fn ask(client: Client, path: &str, token: &str, body: &str) -> Pending {
    let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
    client.begin(&format!("POST {path}"), &headers, body.as_bytes()).await
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_that_is_deleted_while_its_session_starts_has_no_session() {
    let script = json!({"births": [{"do": "wait", "until": "go"}]});
    let setup = Setup::default().with("auth.mode", "\"jwt\"").script(script);
    let secret = "\"a secret of these tests, 32 bytes\"";
    let daemon = setup.with("auth.jwt_secret_key", secret).start().await;
    let account = r#"{"email":"ada@example.org","password":"sesame"}"#;
    let made = daemon.client.begin_json("/auth/register", account).await.answer().await;
    let token = token(&made);
    let start = ask(daemon.client, "/dash/start-session", &token, "{}").await;
    daemon.stage.nth("worker", 1).await;
    let body = r#"{"password":"sesame"}"#;
    let deletion = ask(daemon.client, "/auth/delete-account", &token, body).await.answer().await;
    assert_eq!(deletion.status, 200, "{}", deletion.text());
    daemon.stage.release("go");
    assert_eq!(start.answer().await.refused(401), "User not found or inactive");
    daemon.stage.live(0).await;
    daemon.stop().await;
}
