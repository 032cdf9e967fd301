//! Sessions of which nothing is asked.

use serde_json::json;

use crate::daemon::Setup;
use crate::eventually::eventually;

#[tokio::test]
async fn an_idle_session_ends_and_a_busy_one_does_not() {
    let daemon = Setup::default().with("session.idle_timeout_seconds", 1).start().await;
    let (busy, idle) = (daemon.client.start().await, daemon.client.start().await);
    let running = busy.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    // Another one, idle for as long after that, shows that the time has come twice.
    for _ in 0..2 {
        let later = daemon.client.start().await;
        eventually("the idle sessions end", async || {
            (daemon.client.sessions().await == [&*busy.id]).then_some(())
        })
        .await;
        drop(later);
    }
    assert_eq!(idle.send(&json!({"command": "ping"})).await.status, 404);
    daemon.stage.release("go");
    assert_eq!(running.answer().await.status, 200);
    daemon.is_empty().await;
    let sql = "SELECT DISTINCT termination_reason FROM sessions";
    assert_eq!(daemon.stop_and_query(sql).await, [["idle_timeout"]]);
}
