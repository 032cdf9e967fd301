//! Workers that wait ready for a session.

use nix::sys::signal::Signal;

use crate::daemon::Setup;
use crate::eventually::eventually;
use crate::processes;

#[tokio::test]
async fn spares_are_made_handed_out_and_made_again() {
    let daemon = Setup::default().with("workers.spares", 3).start().await;
    let spares = daemon.stage.live(3).await;
    daemon.operator.spares(3).await;
    assert_eq!(daemon.client.ports().await, (8, 0, 8), "spares count as available");
    let session = daemon.client.start().await;
    session.ping().await;
    let five = daemon.stage.live(4).await;
    assert!(spares.iter().all(|spare| five.contains(spare)), "a waiting spare was handed out");
    assert_eq!(daemon.client.ports().await, (8, 1, 7));
    session.end().await;
    daemon.stage.live(3).await;
    assert_eq!(daemon.client.ports().await, (8, 0, 8));
    daemon.stop().await;
}

#[tokio::test]
async fn a_dead_spare_is_replaced_and_never_handed_out() {
    let daemon = Setup::default().with("workers.spares", 2).start().await;
    for _ in 0..10 {
        daemon.operator.spares(2).await;
        let spares = daemon.stage.live_workers();
        for spare in &spares {
            processes::signal(*spare, Signal::SIGKILL);
        }
        eventually("the dead are waited for", async || {
            spares.iter().all(|spare| !processes::exists(*spare)).then_some(())
        })
        .await;
        let session = daemon.client.start().await;
        session.ping().await;
        session.end().await;
    }
    daemon.stage.live(2).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_pool_smaller_than_the_spares_serves_all_its_ports() {
    let daemon = Setup::default().ports(2).with("workers.spares", 5).start().await;
    daemon.stage.live(2).await;
    assert_eq!(daemon.client.ports().await, (2, 0, 2));
    let sessions = [daemon.client.start().await, daemon.client.start().await];
    daemon.client.try_start().await.refused(429);
    for session in &sessions {
        session.ping().await;
        session.end().await;
    }
    daemon.stage.live(2).await;
    assert_eq!(daemon.client.ports().await, (2, 0, 2));
    daemon.stop().await;
}

#[tokio::test]
async fn spares_survive_the_zygote_and_are_refilled_by_the_next_one() {
    let daemon = Setup::default().with("workers.spares", 2).start().await;
    let spares = daemon.stage.live(2).await;
    daemon.operator.spares(2).await;
    processes::signal(daemon.stage.pids("zygote")[0], Signal::SIGKILL);
    daemon.stage.nth("zygote", 2).await;
    assert_eq!(daemon.stage.live_workers(), spares);
    let sessions = [daemon.client.start().await, daemon.client.start().await];
    for session in &sessions {
        session.ping().await;
    }
    daemon.stage.live(4).await;
    daemon.stop().await;
}

#[tokio::test]
async fn spares_that_cannot_start_are_tried_again() {
    let script = serde_json::json!({"births": [{"do": "exit"}, {"do": "exit"}, {"do": "ok"}]});
    let daemon = Setup::default().with("workers.spares", 2).script(script).start().await;
    daemon.stage.live(2).await;
    daemon.client.start().await.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_launch_that_fails_is_not_told_to_a_caller_for_whom_another_is_under_way() {
    let wait = |name: &str| serde_json::json!({"do": "wait", "until": name});
    let script = serde_json::json!({"births": [wait("never"), wait("go"), {"do": "ok"}]});
    let daemon = Setup::default().with("workers.spares", 1).script(script).start().await;
    let first = crate::stage::pid_of(&daemon.stage.nth("worker", 1).await);
    // It takes the place of the spare under way, so another is begun for the spare.
    let start = daemon.client.begin_start().await;
    daemon.stage.nth("worker", 2).await;
    processes::signal(first, Signal::SIGKILL);
    eventually("the dead is waited for", async || (!processes::exists(first)).then_some(())).await;
    daemon.stage.release("go");
    let answer = start.answer().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    daemon.stop().await;
}
