//! Workers that do not become ready: the start fails with the cause, in time, and leaves nothing.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::daemon::{Daemon, Setup};
use crate::processes;

/// The first worker is born like this, later ones well; what the start was told.
async fn failed_start(birth: Value) -> String {
    let script = json!({"births": [birth, {"do": "ok"}]});
    let daemon = Setup::default().with("workers.start_timeout_seconds", 1).script(script);
    let daemon = daemon.start().await;
    let cause = daemon.client.try_start().await.refused(503);
    assert!(cause.starts_with("The worker process cannot start: "), "{cause}");
    recovers(daemon).await;
    cause
}

/// Nothing is left of the failed start, and the next one works.
async fn recovers(daemon: Daemon) {
    daemon.is_empty().await;
    let session = daemon.client.start().await;
    session.ping().await;
    session.end().await;
    assert_eq!(daemon.stop_and_query("SELECT count(*) FROM sessions").await, [["1"]]);
}

#[tokio::test]
async fn a_worker_that_dies_right_after_the_fork_fails_its_start_with_status_and_words() {
    let birth = json!({"do": "exit_at_once", "status": 5, "say": "out of luck\n"});
    let cause = failed_start(birth).await;
    assert!(cause.contains("status 5") && cause.contains("out of luck"), "{cause}");
}

#[tokio::test]
async fn a_worker_that_is_killed_before_it_is_ready_fails_its_start_with_the_signal() {
    let cause = failed_start(json!({"do": "exit", "signal": 9, "say": "oh\n"})).await;
    assert!(cause.contains("SIGKILL") && cause.contains("oh"), "{cause}");
}

#[tokio::test]
async fn a_worker_that_says_failed_fails_its_start_with_its_words() {
    let cause = failed_start(json!({"do": "fail", "error": "no bundle today"})).await;
    assert!(cause.contains("RuntimeError: no bundle today"), "{cause}");
}

#[tokio::test]
async fn a_worker_that_hangs_before_it_is_ready_fails_its_start() {
    let cause = failed_start(json!({"do": "wait"})).await;
    assert!(cause.contains("not ready within 1 s"), "{cause}");
}

#[tokio::test]
async fn a_worker_that_hangs_and_ignores_term_is_killed() {
    failed_start(json!({"do": "stubborn"})).await;
}

#[tokio::test]
async fn garbage_as_a_workers_first_words_fails_its_start() {
    let cause = failed_start(json!({"do": "garbage"})).await;
    assert!(cause.contains("not understood") || cause.contains("limit"), "{cause}");
}

#[tokio::test]
async fn a_first_answer_too_large_to_be_taken_fails_its_start() {
    let cause = failed_start(json!({"do": "huge"})).await;
    assert!(cause.contains("workers.max_answer_mb"), "{cause}");
}

#[tokio::test]
async fn a_first_header_too_large_to_be_taken_fails_its_start() {
    let cause = failed_start(json!({"do": "huge_header"})).await;
    assert!(cause.contains("header"), "{cause}");
}

#[tokio::test]
async fn a_worker_that_dies_at_its_first_request_fails_its_start_at_once() {
    let script = json!({"births": [{"do": "die_at_first_request", "signal": 9}]});
    // The start timeout is beyond what the test waits for an answer.
    let setup = Setup::default().with("workers.start_timeout_seconds", 600).script(script);
    let daemon = setup.start().await;
    let cause = daemon.client.try_start().await.refused(503);
    assert!(cause.contains("SIGKILL"), "{cause}");
    daemon.stage.play(&json!({}));
    recovers(daemon).await;
}

#[tokio::test]
async fn a_worker_that_does_not_answer_its_first_request_fails_its_start() {
    failed_start(json!({"do": "silent"})).await;
}

#[tokio::test]
async fn a_worker_that_answers_its_first_request_with_garbage_fails_its_start() {
    failed_start(json!({"do": "garbage_at_first_request"})).await;
}

#[tokio::test]
async fn a_worker_killed_from_outside_while_it_starts_fails_its_start() {
    let script = json!({"births": [{"do": "wait"}, {"do": "ok"}]});
    let daemon = Setup::default().script(script).start().await;
    let start = daemon.client.begin_start().await;
    let worker = crate::stage::pid_of(&daemon.stage.nth("worker", 1).await);
    processes::signal(worker, Signal::SIGKILL);
    let cause = start.answer().await.refused(503);
    assert!(cause.contains("SIGKILL"), "{cause}");
    recovers(daemon).await;
}

#[tokio::test]
async fn many_failing_starts_leave_nothing() {
    let script = json!({"births": [{"do": "exit", "status": 3}]});
    let daemon = Setup::default().script(script).start().await;
    let mut starts = Vec::new();
    for _ in 0..8 {
        starts.push(daemon.client.begin_start().await);
    }
    for start in starts {
        let cause = start.answer().await.refused(503);
        assert!(cause.contains("status 3"), "{cause}");
    }
    daemon.stage.play(&json!({}));
    recovers(daemon).await;
}
