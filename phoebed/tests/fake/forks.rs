//! Zygotes that do not fork as they should.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::daemon::Setup;
use crate::eventually::eventually;
use crate::processes;

#[tokio::test]
async fn a_refused_fork_fails_its_start_with_the_reason() {
    let script = json!({"zygotes": [{"do": "refuse", "at_fork": 1, "why": "no memory"}]});
    let daemon = Setup::default().script(script).start().await;
    let cause = daemon.client.try_start().await.refused(503);
    assert!(cause.contains("no memory"), "{cause}");
    daemon.is_empty().await;
    daemon.client.start().await.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn garbage_between_the_zygotes_words_is_passed_over() {
    let script = json!({"zygotes": [{"do": "garbage_in_fork"}]});
    let daemon = Setup::default().script(script).start().await;
    daemon.client.start().await.ping().await;
    daemon.client.start().await.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_zygote_that_dies_at_the_third_fork_is_replaced_under_the_waiting_start() {
    let script = json!({"zygotes": [{"do": "die", "at_fork": 3, "signal": 9}, {"do": "ok"}]});
    let daemon = Setup::default().script(script).start().await;
    let sessions = [
        daemon.client.start().await,
        daemon.client.start().await,
        daemon.client.start().await,
        daemon.client.start().await,
    ];
    assert_eq!(daemon.stage.pids("zygote").len(), 2);
    for session in &sessions {
        session.ping().await;
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_worker_whose_zygote_died_before_it_told_of_the_fork_is_not_left() {
    let script = json!({"zygotes": [{"do": "die_after", "at_fork": 1}, {"do": "ok"}]});
    let daemon = Setup::default().script(script).start().await;
    let session = daemon.client.start().await;
    session.ping().await;
    assert_eq!(daemon.stage.pids("zygote").len(), 2);
    session.end().await;
    eventually("only the zygote is left", async || (daemon.left_behind().len() == 1).then_some(()))
        .await;
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_fork_that_takes_too_long_fails_its_start_and_its_late_worker_is_not_left() {
    let script = json!({"zygotes": [{"do": "wait_in_fork", "at_fork": 1, "until": "go"}]});
    let setup = Setup::default().with("workers.start_timeout_seconds", 0.5).script(script);
    let daemon = setup.start().await;
    daemon.client.try_start().await.refused(503);
    assert_eq!(daemon.client.ports().await, (8, 0, 8));
    daemon.stage.release("go");
    // Forked after the late one.
    let session = daemon.client.start().await;
    session.ping().await;
    session.end().await;
    eventually("only the zygote is left", async || (daemon.left_behind().len() == 1).then_some(()))
        .await;
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn when_the_zygote_is_killed_waiting_starts_get_the_next_one_and_sessions_go_on() {
    let script = json!({"zygotes": [{"do": "wait_in_fork", "at_fork": 2}, {"do": "ok"}]});
    let daemon = Setup::default().script(script).start().await;
    let session = daemon.client.start().await;
    let mut starts = Vec::new();
    for _ in 0..4 {
        starts.push(daemon.client.begin_start().await);
    }
    daemon.stage.nth("fork", 2).await;
    let running = session.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    processes::signal(daemon.stage.pids("zygote")[0], Signal::SIGKILL);
    for start in starts {
        assert_eq!(start.answer().await.status, 200);
    }
    daemon.stage.release("go");
    assert_eq!(running.answer().await.status, 200);
    session.ping().await;
    daemon.stop().await;
}
