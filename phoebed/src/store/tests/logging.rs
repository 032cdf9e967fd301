//! What is recorded is found in the public tables.

use super::{build, command, end, metric, one, open, place, start, started};
use crate::store::events::{CommandDone, SessionActivity, SessionStarted, StoreEvent};
use crate::store::shared::Shared;
use crate::store::{CommandFilter, LogSettings, StoreError, StoreOptions, StoreState};

#[tokio::test]
async fn a_sessions_life_is_logged() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.record(StoreEvent::SessionStarted(SessionStarted {
        full_name: "Ada Lovelace".to_owned(),
        client_ip: Some("10.0.0.7".to_owned()),
        user_agent: Some("lab\u{1b}[2J".to_owned()),
        project_name: Some("{\"star\": \"V471 Tau\"}".to_owned()),
        ..started("a")
    }));
    for last_activity in [1_700_000_050.0, 1_700_000_070.25, 1_700_000_060.0] {
        store.record(StoreEvent::SessionActivity(SessionActivity {
            session_id: "a".to_owned(),
            last_activity,
        }));
    }
    store.record(command("a", "set_value"));
    store.record(metric("a"));
    store.flush().await.expect("flush");
    let row: String = one(
        &path,
        "SELECT user_id || ' ' || full_name || ' ' || created_at || ' ' || last_activity || ' '
             || port || ' ' || client_ip || ' ' || user_agent || ' ' || project_name || status
         FROM sessions",
    );
    assert_eq!(
        row,
        "1 Ada Lovelace 1700000000.5 1700000070.25 6560 10.0.0.7 lab\u{fffd}[2J \
         {\"star\": \"V471 Tau\"}active"
    );
    store.record(end("a"));
    store.record(end("a"));
    store.flush().await.expect("flush");
    let row: String =
        one(&path, "SELECT destroyed_at || termination_reason || status || port FROM sessions");
    assert_eq!(row, "1700000100.0manualterminated6560");
    let types: String = one(
        &path,
        "SELECT typeof(timestamp) || typeof(execution_time_ms) || success FROM session_commands",
    );
    assert_eq!(types, "realreal1");
    assert_eq!((store.status().written, store.status().dropped), (5, 0));
    store.close().await.expect("close");
}

#[tokio::test]
async fn the_latest_commands_are_read_newest_first() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    for turn in 0..5 {
        store.record(command("a", &format!("command_{turn}")));
        store.record(command("b", "other"));
    }
    store.flush().await.expect("flush");
    let names: Vec<_> = store
        .recent_commands("a", 2)
        .await
        .expect("read")
        .expect("known")
        .into_iter()
        .map(|record| record.command_name)
        .collect();
    assert_eq!(names, ["command_4", "command_3"]);
    store.close().await.expect("close");
}

#[tokio::test]
async fn filters_apply_and_change_live() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.record(command("a", "ping"));
    store.record(command("a", "get_value"));
    let filter = CommandFilter::parse("ping", "ping");
    store.configure(LogSettings { filter, keep_days: Some(90) });
    store.record(command("a", "ping"));
    store.record(command("a", "get_value"));
    store.flush().await.expect("flush");
    let names: String = one(&path, "SELECT group_concat(command_name) FROM session_commands");
    assert_eq!(names, "get_value,ping");
    store.close().await.expect("close");
}

#[tokio::test]
async fn wild_texts_and_numbers_are_tamed() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.record(StoreEvent::Command(CommandDone {
        session_id: "a".to_owned(),
        timestamp: f64::NAN,
        command_name: "x\0\u{1b}]0;".repeat(10_000),
        success: false,
        execution_time_ms: f64::INFINITY,
        error_message: Some("é\n".repeat(100_000)),
    }));
    store.flush().await.expect("flush");
    let record = &store.recent_commands("a", 9).await.expect("read").expect("known")[0];
    assert!(record.timestamp > 1_700_000_000.0);
    assert_eq!(record.execution_time_ms, Some(0.0));
    assert!(record.command_name.len() <= 256);
    let message = record.error_message.as_deref().expect("a message");
    assert!(message.starts_with("é é ") && message.ends_with('…') && message.len() <= 4096);
    store.close().await.expect("close");
}

#[test]
fn texts_are_cut_before_they_wait_in_memory() {
    let (_folder, path) = place();
    let shared = Shared::new(&StoreOptions::new(&path));
    let huge = || "x".repeat(8 << 20);
    shared.record(StoreEvent::SessionStarted(SessionStarted {
        full_name: huge(),
        user_agent: Some(huge()),
        project_name: Some(format!("\"{}\"", huge())),
        ..started("a")
    }));
    shared.record(StoreEvent::Command(CommandDone {
        command_name: huge(),
        error_message: Some(huge()),
        ..CommandDone::default()
    }));
    shared.record(StoreEvent::SessionActivity(SessionActivity {
        session_id: huge(),
        last_activity: 1.0,
    }));
    let batch = shared.queue.take_batch();
    let bytes: usize = batch.events.iter().map(StoreEvent::size).sum();
    assert!(batch.events.len() == 2 && bytes < 16 << 10, "{bytes} bytes");
    assert!(batch.activity.keys().all(|id| id.len() <= 256));
}

#[tokio::test]
async fn a_record_that_the_database_refuses_does_not_hold_up_others() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    build(
        &path,
        "CREATE TRIGGER grumpy BEFORE INSERT ON session_commands WHEN new.command_name = 'bad'
         BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    store.record(command("a", "bad"));
    store.record(command("a", "good"));
    store.flush().await.expect("flush");
    let status = store.status();
    assert_eq!((status.state, status.written, status.dropped), (StoreState::Ok, 1, 1));
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_closed_store_says_so_and_counts_what_comes_late() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.record(start("a"));
    store.close().await.expect("close");
    let sessions: i64 = one(&path, "SELECT count(*) FROM sessions");
    assert_eq!(sessions, 1);
    store.record(start("b"));
    assert!(matches!(store.flush().await, Err(StoreError::Closed)));
    assert!(matches!(store.close().await, Err(StoreError::Closed)));
    let status = store.status();
    assert_eq!((status.state, status.dropped), (StoreState::Closed, 1));
}

#[tokio::test]
async fn the_writer_ends_with_the_last_handle_and_writes_what_is_left() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let mut status = store.subscribe();
    store.clone().record(start("a"));
    drop(store);
    status.wait_for(|status| status.state == StoreState::Closed).await.expect("closed");
    let sessions: i64 = one(&path, "SELECT count(*) FROM sessions");
    assert_eq!(sessions, 1);
}
