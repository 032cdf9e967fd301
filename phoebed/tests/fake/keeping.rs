//! Sessions that outlive their workers, with each stage of hibernating and waking made to fail.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Answer, Session};
use crate::daemon::{Daemon, Setup};
use crate::eventually::eventually;

fn setup() -> Setup {
    Setup::default().with("session.durability", "\"process\"")
}

async fn started() -> (Daemon, Session) {
    let daemon = setup().start().await;
    let session = daemon.client.start().await;
    (daemon, session)
}

async fn hibernate(session: &Session) -> Answer {
    session.client.post(&format!("/dash/sessions/{}/hibernate", session.id)).await
}

async fn object(session: &Session) -> Value {
    session.client.get("/dash/sessions").await.json()[&session.id].clone()
}

async fn is_asleep(session: &Session) {
    eventually("it sleeps", async || {
        (object(session).await["status"] == "hibernated").then_some(())
    })
    .await;
}

/// Adds to the session's number; the sum.
async fn add(session: &Session, by: i64) -> i64 {
    let answer = session.send(&json!({"command": "add", "by": by})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["result"]["total"].as_i64().unwrap()
}

async fn total(session: &Session) -> i64 {
    let answer = session.send(&json!({"command": "total"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["result"]["total"].as_i64().unwrap()
}

/// Has the worker end while nothing else runs.
async fn end_worker(session: &Session) {
    let cause = session.send(&json!({"command": "end", "signal": 9})).await.refused(503);
    assert!(cause.contains("SIGKILL") && cause.contains("as it was before"), "{cause}");
    is_asleep(session).await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_sleep_and_after_a_death() {
    let (daemon, session) = started().await;
    assert_eq!((add(&session, 1).await, add(&session, 2).await), (1, 3));
    assert_eq!(hibernate(&session).await.status, 200);
    assert_eq!(hibernate(&session).await.status, 200, "it sleeps already");
    assert_eq!(daemon.stage.live_workers(), [0; 0]);
    let asleep = object(&session).await;
    assert_eq!((&asleep["port"], &asleep["mem_used"]), (&Value::Null, &json!(0.0)));
    assert_eq!((total(&session).await, add(&session, 4).await), (3, 7));
    end_worker(&session).await;
    assert_eq!(total(&session).await, 7);
    assert!(object(&session).await["worker_died"].as_str().unwrap().contains("SIGKILL"));
    session.end().await;
    daemon.is_empty().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_change_whose_state_is_lost_is_not_made() {
    let (daemon, session) = started().await;
    assert_eq!(add(&session, 1).await, 1);
    let lost = json!({"command": "add", "by": 10, "state": "error"});
    let cause = session.send(&lost).await.refused(503);
    assert!(cause.contains("could not be kept") && cause.contains("cannot be made"), "{cause}");
    assert_eq!(total(&session).await, 1);
    daemon.stop().await;
}

#[tokio::test]
async fn a_session_hibernates_also_when_its_form_for_any_engine_cannot_be_made() {
    let (daemon, session) = started().await;
    for act in [json!({"do": "refuse"}), json!({"do": "end", "signal": 9})] {
        daemon.stage.play(&json!({ "portables": [act] }));
        let before = total(&session).await;
        let whole = json!({"command": "add", "by": 1, "state": "whole"});
        assert_eq!(session.send(&whole).await.status, 200);
        assert_eq!(hibernate(&session).await.status, 200);
        is_asleep(&session).await;
        assert_eq!(total(&session).await, before + 1);
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_session_in_use_does_not_hibernate() {
    let (daemon, session) = started().await;
    add(&session, 1).await;
    let running = session.begin(&json!({"command": "wait", "until": "go", "n": 1})).await;
    daemon.stage.begun(1).await;
    assert!(hibernate(&session).await.refused(409).contains("busy"));
    daemon.stage.release("go");
    assert_eq!(running.answer().await.status, 200);
    // A command that comes while the form for any engine is made goes first.
    daemon.stage.play(&json!({ "portables": [{"do": "wait", "until": "made"}] }));
    let hibernating = session
        .client
        .begin(&format!("POST /dash/sessions/{}/hibernate", session.id), "", b"")
        .await;
    daemon.stage.nth("portable", 1).await;
    let adding = session.begin(&json!({"command": "add", "by": 1})).await;
    assert!(hibernating.answer().await.refused(409).contains("busy"));
    daemon.stage.release("made");
    assert_eq!(adding.answer().await.json()["result"]["total"], 2);
    daemon.stop().await;
}

#[tokio::test]
async fn a_state_that_its_engine_cannot_read_is_replaced_by_the_form_for_any() {
    let (daemon, session) = started().await;
    add(&session, 5).await;
    hibernate(&session).await;
    daemon.stage.play(&json!({ "restores": [{"do": "refuse", "form": "fast"}] }));
    assert_eq!(total(&session).await, 5);
    let forms: Vec<Value> =
        daemon.stage.all("restore").iter().map(|line| line["form"].clone()).collect();
    assert_eq!(forms, ["fast", "portable"]);
    assert_eq!(add(&session, 1).await, 6);
    hibernate(&session).await;
    // And when nothing can be read, nothing is lost.
    daemon.stage.play(&json!({ "restores": [{"do": "refuse"}] }));
    let cause = session.send(&json!({"command": "total"})).await.refused(503);
    assert!(cause.contains("could not be woken; it is kept"), "{cause}");
    is_asleep(&session).await;
    daemon.stage.play(&json!({}));
    assert_eq!(total(&session).await, 6);
    daemon.stop().await;
}

#[tokio::test]
async fn a_worker_that_dies_while_it_wakes_is_told_and_the_next_command_tries_again() {
    let (daemon, session) = started().await;
    add(&session, 5).await;
    hibernate(&session).await;
    daemon.stage.play(&json!({ "restores": [{"do": "end", "signal": 9}] }));
    let cause = session.send(&json!({"command": "total"})).await.refused(503);
    assert!(cause.contains("it is kept") && cause.contains("SIGKILL"), "{cause}");
    daemon.stage.play(&json!({ "births": [{"do": "exit", "status": 3}] }));
    let cause = session.send(&json!({"command": "total"})).await.refused(503);
    assert!(cause.contains("it is kept") && cause.contains("status 3"), "{cause}");
    daemon.stage.play(&json!({}));
    assert_eq!(total(&session).await, 5);
    daemon.stop().await;
}

#[tokio::test]
async fn a_state_that_kills_who_reads_it_is_replaced_by_the_same_in_the_form_for_any() {
    let (daemon, session) = started().await;
    add(&session, 5).await;
    hibernate(&session).await;
    let deadly = json!({ "restores": [{"do": "end", "signal": 11, "form": "fast"}] });
    daemon.stage.play(&deadly);
    for _ in 0..3 {
        let cause = session.send(&json!({"command": "total"})).await.refused(503);
        assert!(cause.contains("SIGSEGV"), "{cause}");
    }
    assert_eq!(add(&session, 1).await, 6);
    // Where the form for any engine is older, no change is given up for it.
    let whole = json!({"command": "add", "by": 1, "state": "whole"});
    assert_eq!(session.send(&whole).await.status, 200);
    end_worker(&session).await;
    session.send(&json!({"command": "total"})).await.refused(503);
    daemon.stage.play(&json!({}));
    assert_eq!(total(&session).await, 7);
    daemon.stop().await;
}

#[tokio::test]
async fn commands_that_come_while_it_wakes_are_answered_in_order_by_one_worker() {
    let (daemon, session) = started().await;
    add(&session, 1).await;
    hibernate(&session).await;
    daemon.stage.play(&json!({ "restores": [{"do": "wait", "until": "go"}] }));
    let first = session.begin(&json!({"command": "add", "by": 1})).await;
    daemon.stage.nth("restore", 1).await;
    let second = session.begin(&json!({"command": "total"})).await;
    daemon.stage.release("go");
    assert_eq!(first.answer().await.json()["result"]["total"], 2);
    let seen = second.answer().await.json()["result"]["total"].as_i64();
    assert!([Some(1), Some(2)].contains(&seen), "{seen:?}");
    assert_eq!(daemon.stage.all("restore").len(), 1);
    daemon.stop().await;
}

#[tokio::test]
async fn a_session_can_be_ended_and_the_daemon_stopped_while_it_wakes() {
    let mut daemon = setup().with("shutdown.grace_seconds", 1).start().await;
    let session = daemon.client.start().await;
    let other = daemon.client.start().await;
    for session in [&session, &other] {
        add(session, 1).await;
        hibernate(session).await;
    }
    daemon.stage.play(&json!({ "restores": [{"do": "wait"}] }));
    let waking = session.begin(&json!({"command": "total"})).await;
    daemon.stage.nth("restore", 1).await;
    session.end().await;
    assert_eq!(waking.answer().await.status, 404);
    daemon.is_empty().await;
    let waking = other.begin(&json!({"command": "total"})).await;
    daemon.stage.nth("restore", 2).await;
    daemon.begin_stop();
    // Refused by its session or by the end of its connection.
    assert!(waking.try_answer().await.map_or(true, |answer| answer.status == 503));
    assert_eq!(daemon.stopped_and_kept().await, [other.id]);
}

#[tokio::test]
async fn who_asked_for_a_sleep_is_told_when_the_session_sleeps() {
    let (daemon, session) = started().await;
    for _ in 0..30 {
        add(&session, 1).await;
        let asleep = hibernate(&session).await.json();
        assert_eq!((&asleep["status"], &asleep["port"]), (&json!("hibernated"), &Value::Null));
    }
    daemon.stop().await;
}

#[tokio::test]
async fn an_end_for_idle_sessions_leaves_one_that_just_falls_asleep_and_what_waits_for_it() {
    let (daemon, session) = started().await;
    add(&session, 1).await;
    // Its worker takes as long to go as it may.
    assert_eq!(session.send(&json!({"command": "ignore_term"})).await.status, 200);
    let path = format!("POST /dash/sessions/{}/hibernate", session.id);
    let hibernating = session.client.begin(&path, "", b"").await;
    eventually("it leaves its worker", async || {
        (object(&session).await["port"] == Value::Null).then_some(())
    })
    .await;
    let adding = session.begin(&json!({"command": "add", "by": 1})).await;
    daemon.operator.waiting(&session, 1).await;
    let idle = json!({"ids": [session.id], "idle_for_seconds": 0});
    let killed = daemon.operator.kill(&idle).await;
    assert_eq!(killed["results"][0]["outcome"], "skipped", "{killed}");
    assert_eq!(hibernating.answer().await.status, 200);
    assert_eq!(adding.answer().await.json()["result"]["total"], 2);
    daemon.stop().await;
}

#[tokio::test]
async fn a_worker_that_closes_its_stream_while_it_wakes_and_lives_on_is_given_up() {
    let (daemon, session) = started().await;
    add(&session, 5).await;
    hibernate(&session).await;
    daemon.stage.play(&json!({ "restores": [{"do": "close"}] }));
    let cause = session.send(&json!({"command": "total"})).await.refused(503);
    assert!(cause.contains("it is kept") && cause.contains("closed its connection"), "{cause}");
    daemon.stage.play(&json!({}));
    assert_eq!(total(&session).await, 5);
    daemon.stop().await;
}

#[tokio::test]
async fn deaths_of_a_command_that_timed_out_count_too() {
    let daemon = setup().with("session.command_timeout_seconds", 0.2).start().await;
    let session = daemon.client.start().await;
    let silent = json!({"command": "wait", "until": "never", "n": 1});
    for death in 1..=3 {
        let late = session.send(&silent).await;
        assert_eq!(late.json()["error"], "Worker timed out");
        let worker = *daemon.stage.live(1).await.first().unwrap();
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(worker),
            nix::sys::signal::Signal::SIGKILL,
        )
        .unwrap();
        is_asleep(&session).await;
        assert_eq!(daemon.stage.carried_out().len(), death);
    }
    assert!(session.send(&silent).await.refused(409).contains("three times"));
    session.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_command_is_refused_after_deaths_in_a_row_only() {
    let (daemon, session) = started().await;
    let command = json!({"command": "wait", "until": "go", "n": 1});
    let die = async |begun: usize| {
        let waiting = session.begin(&command).await;
        eventually("it runs", async || (daemon.stage.carried_out().len() == begun).then_some(()))
            .await;
        let worker = nix::unistd::Pid::from_raw(daemon.stage.live(1).await[0]);
        nix::sys::signal::kill(worker, nix::sys::signal::Signal::SIGKILL).unwrap();
        assert!(waiting.answer().await.refused(503).contains("SIGKILL"));
    };
    die(1).await;
    die(2).await;
    daemon.stage.release("go");
    assert_eq!(session.send(&command).await.status, 200);
    std::fs::remove_file(daemon.stage.path().join("go")).unwrap();
    for begun in 4..=6 {
        die(begun).await;
    }
    assert!(session.send(&command).await.refused(409).contains("three times"));
    daemon.stop().await;
}

#[tokio::test]
async fn where_nothing_is_kept_nothing_hibernates() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    assert!(hibernate(&session).await.refused(409).contains("session.durability"));
    session.ping().await;
    daemon.stop().await;
}

/// What happens to a session.
#[derive(Debug, Clone, Copy)]
enum Step {
    Add(i64),
    AddWhole(i64),
    LoseState,
    Look,
    Hibernate,
    Die,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_i64..100).prop_map(Step::Add),
        2 => (1_i64..100).prop_map(Step::AddWhole),
        1 => Just(Step::LoseState),
        2 => Just(Step::Look),
        2 => Just(Step::Hibernate),
        1 => Just(Step::Die),
    ]
}

#[test]
fn whatever_happens_to_a_session_it_is_what_was_acknowledged() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let daemon = runtime.block_on(setup().start());
    let client = daemon.client;
    let cases = ProptestConfig { cases: 30, failure_persistence: None, ..Default::default() };
    let mut runner = proptest::test_runner::TestRunner::new(cases);
    let outcome = runner.run(&prop::collection::vec(step(), 1..15), |steps| {
        runtime.block_on(async {
            let session = client.start().await;
            let (mut sum, mut is_awake) = (0, true);
            for step in steps {
                match step {
                    Step::Add(by) => {
                        sum += by;
                        prop_assert_eq!(add(&session, by).await, sum);
                    }
                    Step::AddWhole(by) => {
                        sum += by;
                        let whole = json!({"command": "add", "by": by, "state": "whole"});
                        let answer = session.send(&whole).await.json();
                        prop_assert_eq!(answer["result"]["total"].as_i64(), Some(sum));
                    }
                    Step::LoseState => {
                        let lost = json!({"command": "add", "by": 1000, "state": "error"});
                        prop_assert_eq!(session.send(&lost).await.status, 503);
                    }
                    Step::Look => prop_assert_eq!(total(&session).await, sum),
                    Step::Hibernate => prop_assert_eq!(hibernate(&session).await.status, 200),
                    Step::Die => end_worker(&session).await,
                }
                is_awake = match step {
                    Step::Add(_) | Step::AddWhole(_) | Step::Look => true,
                    Step::LoseState | Step::Hibernate | Step::Die => false,
                };
                if !is_awake {
                    is_asleep(&session).await;
                }
            }
            let now = object(&session).await;
            prop_assert_eq!(now["status"] == "active", is_awake);
            prop_assert_eq!(now["port"].is_u64(), is_awake);
            prop_assert_eq!(total(&session).await, sum);
            session.end().await;
            Ok(())
        })
    });
    outcome.unwrap();
    runtime.block_on(daemon.stop());
}
