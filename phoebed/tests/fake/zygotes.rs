//! Zygotes that do not become ready.

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::daemon::Setup;
use crate::eventually::eventually;
use crate::processes;

/// The first zygotes come like this, the next one well: what a start is told meanwhile.
async fn recovers_after(zygotes: &[Value]) -> String {
    let mut all = zygotes.to_vec();
    all.push(json!({"do": "ok"}));
    let daemon = Setup::default().script(json!({"zygotes": all})).listen().await;
    let cause = eventually("a start is refused", async || {
        let answer = daemon.client.try_start().await;
        (answer.status != 200).then_some(answer)
    })
    .await
    .refused(503);
    assert!(cause.starts_with("The PHOEBE engine cannot start: "), "{cause}");
    assert_eq!(daemon.client.get("/health").await.status, 200);
    daemon.ready().await;
    assert_eq!(daemon.stage.pids("zygote").len(), zygotes.len() + 1);
    daemon.client.start().await.ping().await;
    daemon.stop().await;
    cause
}

#[tokio::test]
async fn an_engine_that_cannot_be_imported_is_told_at_once_and_tried_again() {
    let fail = json!({"do": "fail", "error": "ModuleNotFoundError: No module named 'phoebe'"});
    let cause = recovers_after(&[fail.clone(), fail]).await;
    assert!(cause.contains("No module named 'phoebe'"), "{cause}");
}

#[tokio::test]
async fn a_zygote_that_ends_before_it_is_ready_is_told_with_its_last_words() {
    let cause = recovers_after(&[json!({"do": "exit", "status": 4, "say": "no licence\n"})]).await;
    assert!(cause.contains("status 4") && cause.contains("no licence"), "{cause}");
}

#[tokio::test]
async fn a_zygote_that_a_signal_ends_before_it_is_ready_is_told() {
    let cause = recovers_after(&[json!({"do": "exit", "signal": 11})]).await;
    assert!(cause.contains("SIGSEGV"), "{cause}");
}

#[tokio::test]
async fn a_zygote_that_talks_garbage_is_replaced() {
    recovers_after(&[json!({"do": "garbage"})]).await;
}

#[tokio::test]
async fn an_interpreter_that_is_not_there_is_named() {
    let daemon = Setup::default().python("/nonexistent/python").listen().await;
    let cause = eventually("a start is refused", async || {
        Some(daemon.client.try_start().await).filter(|answer| answer.status == 503)
    })
    .await
    .refused(503);
    assert!(cause.contains("/nonexistent/python"), "{cause}");
    assert!(daemon.client.get("/ready").await.refused(503).contains("/nonexistent/python"));
    daemon.stop().await;
}

#[tokio::test]
async fn starts_wait_for_a_slow_zygote() {
    let script = json!({"zygotes": [{"do": "wait", "until": "go"}]});
    let daemon = Setup::default().script(script).listen().await;
    assert_eq!(daemon.client.get("/health").await.status, 200);
    daemon.client.get("/ready").await.refused(503);
    let start = daemon.client.begin_start().await;
    daemon.stage.nth("zygote", 1).await;
    assert_eq!(daemon.client.sessions().await, [""; 0]);
    daemon.stage.release("go");
    assert_eq!(start.answer().await.status, 200);
    daemon.stop().await;
}

#[tokio::test]
async fn a_zygote_that_hangs_before_it_is_ready_refuses_starts_and_can_be_stopped() {
    let script = json!({"zygotes": [{"do": "wait"}]});
    let setup = Setup::default().with("workers.start_timeout_seconds", 0.5).script(script);
    let daemon = setup.listen().await;
    let cause = daemon.client.try_start().await.refused(503);
    assert!(cause.contains("not ready"), "{cause}");
    assert_eq!(daemon.client.ports().await, (8, 0, 8));
    daemon.stop().await;
}

/// No start waits longer than the configured time, however many wait before it: all of them are
/// answered before a question for the engine that was asked when the first was.
#[tokio::test]
async fn starts_behind_many_others_do_not_wait_longer_for_a_zygote() {
    let script = json!({"zygotes": [{"do": "wait"}]});
    let setup = Setup::default().with("workers.start_timeout_seconds", 2).ports(40).script(script);
    let daemon = setup.listen().await;
    let mut starts = JoinSet::new();
    for _ in 0..40 {
        starts.spawn(daemon.client.try_start());
    }
    starts.join_next().await.unwrap().unwrap().refused(503);
    let later = daemon.client.get("/system/passbands").await;
    later.refused(503);
    let mut answered = 1;
    while let Some(start) = starts.try_join_next() {
        start.unwrap().refused(503);
        answered += 1;
    }
    assert_eq!(answered, 40);
    daemon.stop().await;
}

#[tokio::test]
async fn an_idle_zygote_that_is_killed_is_replaced() {
    let daemon = Setup::default().start().await;
    for killed in 1..=2 {
        let zygote = crate::stage::pid_of(&daemon.stage.nth("zygote", killed).await);
        daemon.ready().await;
        processes::signal(zygote, Signal::SIGKILL);
        daemon.stage.nth("zygote", killed + 1).await;
        assert!(!processes::exists(zygote), "it was waited for before the next one");
    }
    daemon.client.start().await.ping().await;
    daemon.stop().await;
}
