//! The end of a session that its user asks for.

use serde_json::json;

use crate::daemon::Setup;
use crate::eventually::eventually;
use crate::processes;

#[tokio::test]
async fn when_the_end_is_answered_process_and_port_are_gone_and_the_directory_soon() {
    let daemon = Setup::default().start().await;
    for n in 1..=5 {
        let session = daemon.client.start().await;
        let worker = *daemon.stage.pids("worker").last().unwrap();
        assert_eq!(daemon.scratch(), [n.to_string()]);
        session.end().await;
        assert!(!processes::exists(worker));
        assert_eq!(daemon.client.ports().await, (8, 0, 8));
        eventually("its directory is gone", async || daemon.scratch().is_empty().then_some(()))
            .await;
        let again = session.begin_end().await.answer().await;
        assert_eq!(again.refused(404), "Session not found");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_worker_that_ignores_term_is_killed_after_the_grace() {
    let script = json!({"births": [{"do": "ignore_term"}]});
    let daemon = Setup::default().script(script).start().await;
    let session = daemon.client.start().await;
    let worker = daemon.stage.pids("worker")[0];
    session.end().await;
    assert!(!processes::exists(worker));
    assert_eq!(daemon.client.ports().await, (8, 0, 8));
    daemon.stop().await;
}

#[tokio::test]
async fn the_end_sweeps_what_the_worker_left_in_its_process_group() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    assert_eq!(session.send(&json!({"command": "leave_child"})).await.status, 200);
    session.end().await;
    let child = daemon.stage.pids("child")[0];
    eventually("the worker's child is gone", async || (!processes::exists(child)).then_some(()))
        .await;
    daemon.stop().await;
}

#[tokio::test]
async fn two_ends_at_once_both_wait_for_the_process_or_do_not_find_the_session() {
    let script = json!({"births": [{"do": "ignore_term"}]});
    let daemon = Setup::default().script(script).start().await;
    for _ in 0..3 {
        let session = daemon.client.start().await;
        let worker = *daemon.stage.pids("worker").last().unwrap();
        let (first, second) = (session.begin_end().await, session.begin_end().await);
        let statuses = tokio::join!(
            async {
                let status = first.answer().await.status;
                (status, processes::exists(worker))
            },
            async {
                let status = second.answer().await.status;
                (status, processes::exists(worker))
            }
        );
        let fine = |(status, exists): (u16, bool)| status == 404 || (status == 200 && !exists);
        assert!(fine(statuses.0) && fine(statuses.1), "{statuses:?}");
        assert!(statuses.0.0 == 200 || statuses.1.0 == 200, "{statuses:?}");
    }
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_session_can_be_ended_while_a_command_runs() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let running = session.begin(&json!({"command": "wait", "n": 1})).await;
    daemon.stage.begun(1).await;
    session.end().await;
    let answer = running.answer().await;
    assert!(matches!(answer.status, 404 | 503), "{}", answer.text());
    daemon.is_empty().await;
    let sql = "SELECT status, termination_reason FROM sessions";
    assert_eq!(daemon.stop_and_query(sql).await, [["terminated", "manual"]]);
}
