//! Workers that die.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::daemon::{Daemon, Setup};
use crate::eventually::eventually;
use crate::processes;

const REASONS: &str = "SELECT termination_reason FROM sessions";

/// The answer to a command in whose middle the worker ends this way.
async fn crash(how: Value) -> (Daemon, String) {
    let daemon = Setup::default().start().await;
    let (session, other) = (daemon.client.start().await, daemon.client.start().await);
    let mut command = json!({"command": "end", "say": "first\nsecond\nlast words\n"});
    command.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    let cause = session.send(&command).await.refused(503);
    assert_eq!(daemon.client.sessions().await, [&*other.id]);
    assert_eq!(session.send(&command).await.refused(404), "Invalid session ID");
    other.ping().await;
    other.end().await;
    daemon.is_empty().await;
    (daemon, cause)
}

#[tokio::test]
async fn the_exit_status_of_a_crash_and_the_last_lines_written_reach_the_caller() {
    let (daemon, cause) = crash(json!({"status": 7})).await;
    assert!(cause.contains("exited with status 7"), "{cause}");
    assert!(cause.contains("first | second | last words"), "{cause}");
    let rows = daemon.stop_and_query(REASONS).await;
    assert_eq!(rows, [["process_died"], ["manual"]]);
}

#[tokio::test]
async fn the_signal_of_a_crash_is_named() {
    let (daemon, cause) = crash(json!({"signal": 11})).await;
    assert!(cause.contains("SIGSEGV") && cause.contains("last words"), "{cause}");
    let sql = "SELECT success, error_message FROM session_commands WHERE command_name = 'end'";
    let rows = daemon.stop_and_query(sql).await;
    assert_eq!(rows[0][0], "0");
    assert!(rows[0][1].contains("SIGSEGV"), "{rows:?}");
}

#[tokio::test]
async fn a_worker_that_kills_itself_is_named_so() {
    let (daemon, cause) = crash(json!({"signal": 9})).await;
    assert!(cause.contains("SIGKILL"), "{cause}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_long_last_output_is_read_to_its_end_before_the_cause_is_told() {
    let daemon = Setup::default().start().await;
    for round in 0..10 {
        let session = daemon.client.start().await;
        let line = format!("{}\n", "x".repeat(180));
        let say = line.repeat(250) + &format!("the last of round {round}\n");
        let cause = session.send(&json!({"command": "end", "signal": 9, "say": say})).await;
        let cause = cause.refused(503);
        assert!(cause.contains(&format!("the last of round {round})")), "{cause}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn an_idle_session_whose_worker_dies_is_gone_with_its_port() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    assert_eq!(daemon.client.ports().await, (8, 1, 7));
    processes::signal(daemon.stage.pids("worker")[0], Signal::SIGKILL);
    eventually("the session is gone", async || {
        daemon.client.sessions().await.is_empty().then_some(())
    })
    .await;
    let ping = session.send(&json!({"command": "ping"})).await;
    assert_eq!(ping.refused(404), "Invalid session ID");
    daemon.is_empty().await;
    daemon.client.start().await.ping().await;
    let rows = daemon.stop_and_query(REASONS).await;
    assert_eq!(rows, [["process_died"], ["server_shutdown"]]);
}

#[tokio::test]
async fn commands_that_wait_behind_a_crash_learn_of_it() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "n": 1})).await;
    daemon.stage.begun(1).await;
    let waiting = session.begin(&json!({"command": "echo", "n": 2})).await;
    processes::signal(daemon.stage.pids("worker")[0], Signal::SIGKILL);
    assert!(running.answer().await.refused(503).contains("SIGKILL"));
    let waiting = waiting.answer().await;
    // Sent too late to wait, it does not find the session.
    let known = waiting.status == 503 && waiting.text().contains("SIGKILL");
    assert!(known || waiting.status == 404, "{}", waiting.text());
    daemon.stop().await;
}

#[tokio::test]
async fn a_command_sent_while_the_worker_dies_is_told_at_once() {
    let daemon = Setup::default().start().await;
    for round in 0..40 {
        let session = daemon.client.start().await;
        let worker = *daemon.stage.pids("worker").last().unwrap();
        processes::signal(worker, Signal::SIGKILL);
        let answer = session.send(&json!({"command": "echo", "n": round})).await;
        assert!(matches!(answer.status, 404 | 503), "{}", answer.text());
    }
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn what_a_dying_worker_left_in_its_process_group_is_swept() {
    let daemon = Setup::default().start().await;
    for how in [json!({"command": "end", "status": 0}), json!({"command": "end", "signal": 9})] {
        let session = daemon.client.start().await;
        assert_eq!(session.send(&json!({"command": "leave_child"})).await.status, 200);
        session.send(&how).await.refused(503);
    }
    assert_eq!(daemon.stage.pids("child").len(), 2);
    daemon.is_empty().await;
    eventually("only the zygote is left", async || (daemon.left_behind().len() == 1).then_some(()))
        .await;
    daemon.stop().await;
}
