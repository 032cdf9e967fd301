//! Limits on sessions, under many starts at once.

use tokio::task::JoinSet;

use crate::client::{Answer, Client};
use crate::daemon::{Daemon, Setup};

/// As many starts at once; the ids of the sessions, and the refusals.
async fn start_at_once(client: Client, starts: usize) -> (Vec<String>, Vec<Answer>) {
    let all: JoinSet<Answer> = (0..starts).map(|_| client.try_start()).collect();
    let (done, refused): (Vec<_>, Vec<_>) =
        all.join_all().await.into_iter().partition(|answer| answer.status == 200);
    let id = |answer: Answer| answer.json()["session_id"].as_str().unwrap().to_owned();
    (done.into_iter().map(id).collect(), refused)
}

async fn end_at_once(client: Client, ids: Vec<String>) {
    let ends = ids
        .into_iter()
        .map(|id| async move { client.post(&format!("/dash/end-session/{id}")).await.status });
    let ends: JoinSet<u16> = ends.collect();
    assert!(ends.join_all().await.iter().all(|status| *status == 200));
}

/// Watches the arithmetic of the ports until it is aborted.
fn watch_ports(daemon: &Daemon) -> tokio::task::JoinHandle<()> {
    let client = daemon.client;
    tokio::spawn(async move {
        loop {
            client.ports().await;
        }
    })
}

async fn thirty_of_a_hundred(spares: usize) {
    let daemon = Setup::default().ports(30).with("workers.spares", spares).start().await;
    let watched = watch_ports(&daemon);
    for _ in 0..2 {
        let (ids, refused) = start_at_once(daemon.client, 100).await;
        for answer in &refused {
            let detail = answer.refused(429);
            assert!(detail.contains("30 of 30 ports"), "{detail}");
        }
        assert_eq!((ids.len(), refused.len()), (30, 70));
        assert_eq!(daemon.client.ports().await, (30, 30, 0));
        assert_eq!(daemon.client.sessions().await.len(), 30);
        end_at_once(daemon.client, ids).await;
        assert_eq!(daemon.client.ports().await, (30, 0, 30));
    }
    assert!(!watched.is_finished(), "the arithmetic of the ports was wrong");
    watched.abort();
    daemon.stage.live(spares).await;
    daemon.stop().await;
}

#[tokio::test]
async fn of_a_hundred_starts_at_once_as_many_succeed_as_there_are_ports() {
    thirty_of_a_hundred(0).await;
}

#[tokio::test]
async fn of_a_hundred_starts_at_once_as_many_succeed_as_there_are_ports_with_spares_too() {
    thirty_of_a_hundred(4).await;
}

#[tokio::test]
async fn of_a_hundred_starts_at_once_a_user_gets_as_many_as_allowed() {
    let setup = Setup::default().ports(30).with("resources.max_workers_per_user", 7);
    let daemon = setup.start().await;
    for _ in 0..2 {
        let (ids, refused) = start_at_once(daemon.client, 100).await;
        assert_eq!((ids.len(), refused.len()), (7, 93));
        for answer in &refused {
            let detail = answer.refused(429);
            assert!(detail.contains("7 of 7"), "{detail}");
        }
        end_at_once(daemon.client, ids).await;
    }
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_start_that_failed_gives_its_place_back() {
    let script = serde_json::json!({"births": [{"do": "exit"}, {"do": "exit"}, {"do": "ok"}]});
    let setup = Setup::default().with("resources.max_workers_per_user", 1).script(script);
    let daemon = setup.start().await;
    daemon.client.try_start().await.refused(503);
    daemon.client.try_start().await.refused(503);
    daemon.client.start().await;
    daemon.client.try_start().await.refused(429);
    daemon.stop().await;
}
